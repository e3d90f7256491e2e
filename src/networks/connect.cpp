// One branch for each network.
// SPDX-License-Identifier: Apache-2.0
#include "networks/connect.hpp"

#include <stdexcept>
#include <utility>

#include "networks/headscale/headscale.hpp"
#include "networks/netbird/netbird.hpp"

namespace muster::networks {

namespace {

void take_common(ControlApiOptions& api, const ConnectionSettings& settings) {
    if (!settings.base_url.empty()) api.base_url = settings.base_url;
    api.ca_file = settings.ca_file;
    api.proxy_url = settings.proxy_url;
    api.call_timeout = settings.call_timeout;
}

HeadscaleOptions headscale_options(const ConnectionSettings& settings) {
    HeadscaleOptions options;
    take_common(options.api, settings);
    options.api_key = settings.credential;
    options.user = settings.user;
    options.tags = settings.tags;
    return options;
}

NetBirdOptions netbird_options(const ConnectionSettings& settings) {
    NetBirdOptions options;
    take_common(options.api, settings);
    options.token = settings.credential;
    options.groups = settings.tags;
    return options;
}

}  // namespace

std::unique_ptr<Network> connect(const ConnectionSettings& settings, const base::Clock& clock,
                                 base::Random& random) {
    if (settings.network == "headscale") {
        return make_headscale(headscale_options(settings), clock, random);
    }
    if (settings.network == "netbird") {
        return make_netbird(netbird_options(settings), clock, random);
    }
    throw std::invalid_argument("no connector for network " + settings.network);
}

}  // namespace muster::networks
