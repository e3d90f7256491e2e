// How a network's control plane is reached: what a connector is made from. Values only, so that
// use cases can hand them on without knowing connectors.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace muster::networks {

/// Which of them are needed is the network's affair; the others are empty.
struct ConnectionSettings {
    std::string network;            ///< "tailscale", "headscale", "netbird"
    std::string base_url = {};      ///< of the API, no slash at the end; empty: the public service
    std::string control_url = {};   ///< what devices log in to; empty: see login_url()
    std::string tailnet = {};       ///< Tailscale; empty: the credentials' own
    std::string client_id = {};     ///< Tailscale's OAuth client, whose secret `credential` is
    std::string user = {};          ///< Headscale: whose keys are made where there are no tags
    std::vector<std::string> tags;  ///< of keys; NetBird: names of groups
    /// Are trust levels told to the network? Empty: where that needs no preparation of its policy.
    std::optional<bool> pushes_trust = {};
    base::Secret<std::string> credential = {};  ///< an API key, or a personal access token
    std::string ca_file = {};                   ///< PEM; empty: the system's store
    std::string proxy_url = {};                 ///< http://HOST:PORT; empty: none
    std::chrono::milliseconds call_timeout{10'000};
};

/// What a device's client logs in to; empty: the network's public service. Tailscale's API is
/// served elsewhere than its clients' control server.
inline const std::string& login_url(const ConnectionSettings& settings) {
    const bool is_one_server = settings.control_url.empty() && settings.network != "tailscale";
    return is_one_server ? settings.base_url : settings.control_url;
}

/// One connection of an organization's, ready for use; or, without an id, the server's own.
struct Connector {
    std::string id = {};
    std::string version = {};  ///< differs whenever settings or credentials do
    ConnectionSettings settings = {};
};

}  // namespace muster::networks
