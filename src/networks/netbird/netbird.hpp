// NetBird's management API, cloud and self-hosted.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "networks/control_api.hpp"
#include "networks/network.hpp"

namespace muster::networks {

struct NetBirdOptions {
    ControlApiOptions api = {.base_url = "https://api.netbird.io"};
    base::Secret<std::string> token = {};  ///< a personal access token (nbp_...)
    std::vector<std::string> groups = {};  ///< names, of keys that name none; made if missing
    /// Trust levels as groups muster-high, muster-medium, muster-low; made if missing.
    bool trust_groups = true;
};

/// `clock` and `random` must outlive it.
std::unique_ptr<Network> make_netbird(NetBirdOptions options, const base::Clock& clock,
                                      base::Random& random);

}  // namespace muster::networks
