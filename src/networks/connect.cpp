// One branch for each network.
// SPDX-License-Identifier: Apache-2.0
#include "networks/connect.hpp"

#include <stdexcept>
#include <utility>

#include "networks/headscale/headscale.hpp"
#include "networks/netbird/netbird.hpp"
#include "networks/tailscale/tailscale.hpp"

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
    options.trust_tags = settings.pushes_trust.value_or(false);
    return options;
}

NetBirdOptions netbird_options(const ConnectionSettings& settings) {
    NetBirdOptions options;
    take_common(options.api, settings);
    options.token = settings.credential;
    options.groups = settings.tags;
    options.trust_groups = settings.pushes_trust.value_or(true);
    return options;
}

/// The secret of an OAuth client holds the client's id, so that none has to be given beside it.
bool is_oauth_secret(const ConnectionSettings& settings) {
    return !settings.client_id.empty() || settings.credential.reveal().starts_with("tskey-client-");
}

TailscaleOptions tailscale_options(const ConnectionSettings& settings) {
    TailscaleOptions options;
    take_common(options.api, settings);
    if (!settings.tailnet.empty()) options.tailnet = settings.tailnet;
    if (is_oauth_secret(settings)) {
        options.oauth_client_id = settings.client_id.empty() ? "muster" : settings.client_id;
        options.oauth_client_secret = settings.credential;
    } else {
        options.api_key = settings.credential;
    }
    options.tags = settings.tags;
    if (!settings.pushes_trust.value_or(true)) options.posture_attribute.clear();
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
    if (settings.network == "tailscale") {
        return make_tailscale(tailscale_options(settings), clock, random);
    }
    throw std::invalid_argument("no connector for network " + settings.network);
}

}  // namespace muster::networks
