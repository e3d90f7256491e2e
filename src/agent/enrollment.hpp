// Enrolment, seen from the device: shows the token, waits until the server sees the device on its
// network, and writes the state file. cli/enroll.cpp runs it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/enrollment_api.hpp"
#include "agent/facts.hpp"
#include "agent/network_client.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"

namespace muster::agent {

enum class Step { facts, verify, join, confirm, save };

struct Progress {
    enum class Kind { started, retrying, done };
    Step step;
    Kind kind;
    std::string text;  ///< one line for people; empty: nothing to add
};

/// What enrol needs from whoever runs it; tests let time pass by hand.
struct EnrollmentHooks {
    std::function<void(const Progress&)> progress;
    std::function<void(std::chrono::milliseconds)> wait;
    std::function<std::chrono::steady_clock::time_point()> steady_now;
    /// The client that joins the network of this name; null: this version knows none.
    std::function<std::unique_ptr<NetworkClient>(std::string_view network)> find_client;
};

struct EnrollmentRequest {
    ServerAddress server;
    base::Secret<std::string> token;
    std::string network = "auto";  ///< or a network's name, or "none"
    std::filesystem::path facts_root = "/";
    std::filesystem::path state_folder;
    std::chrono::milliseconds timeout{120'000};  ///< for everything together
};

struct Enrollment {
    DeviceFacts facts;
    std::string device_id;
    std::string device_name;        ///< as the server has it
    std::string organization_name;  ///< empty: none
    std::string network;            ///< "none": known to the server, on no network
    std::string status;             ///< "active", or "pending" on network none
    std::string hostname;           ///< on the network; empty on none
    std::string ip;
    std::filesystem::path state_file;
};

struct EnrollmentFailure {
    enum class Kind { refused, unreachable, bad_url };
    Kind kind;
    std::string message;    ///< for people
    std::string code;       ///< the server's word, or word_of(JoinFault); empty where there is none
    std::string hint = {};  ///< what to do about it; may be empty
};

/// Throws std::runtime_error when the state folder cannot be written; it is tried before the token
/// is shown to anybody, and so is the network's client where the request names the network.
std::expected<Enrollment, EnrollmentFailure> enroll(const EnrollmentRequest& request,
                                                    const EnrollmentHooks& hooks,
                                                    const base::Clock& clock);

/// The server and token of an enrolment link, https://host/enroll?token=...; empty: not a link.
struct EnrollmentLink {
    std::string url;
    base::Secret<std::string> token;
};
std::optional<EnrollmentLink> parse_enrollment_link(std::string_view text);

}  // namespace muster::agent
