// The network's own client program, as an enrolment drives it: looks where the device stands, then
// brings it onto the network. agent/joining.cpp runs it; tests put another one in its place.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "agent/join_failure.hpp"
#include "agent/pace.hpp"
#include "agent/state.hpp"
#include "base/secret.hpp"

namespace muster::agent {

/// Where the device stands before it joins.
struct Standing {
    bool is_member = false;  ///< of some network of this client's, if perhaps not approved yet
    std::string where;       ///< which one, in the client's words; empty: it does not say
};

struct JoinPlan {
    base::Secret<std::string> key;  ///< empty: none, for a device that is a member already
    std::string hostname;
    std::string network_url;               ///< empty: the public service
    std::filesystem::path private_folder;  ///< for the key's file, while the client reads it
};

class NetworkClient {
public:
    virtual ~NetworkClient() = default;

    /// Changes nothing. Waits a little for a service that is only starting.
    virtual std::expected<Standing, JoinFailure> look(const Pace& pace) = 0;

    /// Returns when the client says that the device is on the network. The settings that the
    /// device's client has already are kept: what would lose some of them is a failure. May be
    /// repeated for a device that an earlier call brought onto the network, or half-way there.
    virtual std::expected<void, JoinFailure> join(const JoinPlan& plan, const Pace& pace) = 0;
};

/// How the clients are called.
struct ClientPrograms {
    std::string tailscale = "tailscale";  ///< a name on PATH, or a path
    std::string tailscale_socket;         ///< of the tailscaled to talk to; empty: the usual one
    std::string netbird = "netbird";
    std::string netbird_daemon_addr;  ///< "unix:///run/netbird.sock"; empty: the usual one
    Environment environment;          ///< needed; what the clients use of it is passed on
    std::chrono::milliseconds look_interval{2'000};      ///< between two looks at how far it is
    std::chrono::milliseconds service_patience{10'000};  ///< for a service that is starting
};

/// For "tailscale", "headscale" and "netbird"; null for what has no client to run.
std::unique_ptr<NetworkClient> make_network_client(std::string_view network,
                                                   const ClientPrograms& programs);

}  // namespace muster::agent
