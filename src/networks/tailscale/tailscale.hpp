// Tailscale's API v2 (api.tailscale.com; also Headscale's /api/v2 from 0.30 on, by base URL).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "networks/control_api.hpp"
#include "networks/network.hpp"

namespace muster::networks {

struct TailscaleOptions {
    ControlApiOptions api = {.base_url = "https://api.tailscale.com/api/v2",
                             .request_id_header = "x-tailscale-request-id"};
    std::string tailnet = "-";  ///< "-": the credentials' own
    /// An API access token (tskey-api-...), or else an OAuth client.
    base::Secret<std::string> api_key = {};
    std::string oauth_client_id = {};
    base::Secret<std::string> oauth_client_secret = {};
    std::vector<std::string> tags = {};  ///< of keys that name none; an OAuth client needs some
    std::string posture_attribute = "custom:musterTrust";
};

/// `clock` and `random` must outlive it.
std::unique_ptr<Network> make_tailscale(TailscaleOptions options, const base::Clock& clock,
                                        base::Random& random);

}  // namespace muster::networks
