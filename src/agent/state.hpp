// What an enrolled device remembers: where it is enrolled and as what. Never a token or a key.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/timestamp.hpp"

namespace muster::agent {

struct AgentState {
    std::string url;  ///< the server's
    std::string device_id;
    std::string network;  ///< "none" when the device is on none
    core::Timestamp enrolled_at;
    std::string fingerprint;
    std::string hostname;  ///< told to the network's client; empty: there was none to tell
    std::string
        network_url;  ///< of a network that is not the public service; empty: it is, or none
    friend bool operator==(const AgentState&, const AgentState&) = default;
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// MUSTER_STATE_DIR, else /var/lib/muster for root, else muster below XDG_STATE_HOME or
/// ~/.local/state. Throws std::runtime_error: no home directory either.
std::filesystem::path default_state_folder(const Environment& environment, bool is_root);

std::filesystem::path state_file(const std::filesystem::path& folder);

/// Throws std::runtime_error in one readable sentence.
void save_state(const std::filesystem::path& folder, const AgentState& state);

/// Empty: not enrolled. Throws std::runtime_error: unreadable or damaged.
std::optional<AgentState> load_state(const std::filesystem::path& folder);

/// An enrolment that is about to join its network, in a file of its own beside the state's: so the
/// next run knows that it was Muster who brought the device there, however this one ends.
/// save_state replaces it. Throws std::runtime_error.
void save_joining(const std::filesystem::path& folder, const AgentState& state);

/// This device, on this server and network, was enrolled or was about to join. What is damaged
/// says nothing. Throws std::runtime_error: unreadable.
bool has_begun(const std::filesystem::path& folder, const AgentState& state);

}  // namespace muster::agent
