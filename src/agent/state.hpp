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

}  // namespace muster::agent
