// From settings to the connector of a network.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "networks/network.hpp"

namespace muster::networks {

/// Which of them are needed is the network's affair; the others are empty.
struct ConnectionSettings {
    std::string network;                 ///< "headscale", "netbird"
    std::string base_url = {};           ///< empty: the network's public service
    std::string user = {};               ///< Headscale: whose keys are made where there are no tags
    std::vector<std::string> tags = {};  ///< of keys; NetBird: names of groups
    base::Secret<std::string> credential = {};  ///< an API key, or a personal access token
    std::string ca_file = {};                   ///< PEM; empty: the system's store
    std::string proxy_url = {};                 ///< http://HOST:PORT; empty: none
    std::chrono::milliseconds call_timeout{10'000};
};

/// `clock` and `random` must outlive it. Throws std::invalid_argument: no connector for it.
std::unique_ptr<Network> connect(const ConnectionSettings& settings, const base::Clock& clock,
                                 base::Random& random);

}  // namespace muster::networks
