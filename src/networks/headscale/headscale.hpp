// Headscale's API v1, 0.26 to 0.29, and 0.30 where it differs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "networks/control_api.hpp"
#include "networks/network.hpp"

namespace muster::networks {

struct HeadscaleOptions {
    ControlApiOptions api = {};              ///< base_url: the server's own, without /api/v1
    base::Secret<std::string> api_key = {};  ///< hskey-api-...
    /// Whose keys are made where a device has no tags: a user's name; it must exist.
    std::string user = {};
    std::vector<std::string> tags = {};  ///< of keys that name none
    /// Trust levels as tags, for example tag:muster-high; needs them in the policy's tagOwners.
    bool trust_tags = false;
};

/// `clock` and `random` must outlive it.
std::unique_ptr<Network> make_headscale(HeadscaleOptions options, const base::Clock& clock,
                                        base::Random& random);

}  // namespace muster::networks
