// Tailscale's API v2 (api.tailscale.com; also Headscale's /api/v2 from 0.30 on, by base URL).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

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
    /// Empty: trust levels are not pushed. Its values are the texts low, medium and high.
    std::string posture_attribute = "custom:musterTrust";
    /// How long levels are not pushed after the API has refused one for good: by its billing plan,
    /// by the credentials' scopes, or because it has no such attributes.
    std::chrono::minutes posture_pause{360};
};

/// `clock` and `random` must outlive it.
std::unique_ptr<Network> make_tailscale(TailscaleOptions options, const base::Clock& clock,
                                        base::Random& random);

}  // namespace muster::networks
