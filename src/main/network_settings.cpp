// Each network has settings of its own, and some are every network's.
// SPDX-License-Identifier: Apache-2.0
#include "main/network_settings.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/url.hpp"

namespace muster::main {

namespace {

constexpr std::array<std::string_view, 5> network_names{"none", "simulated", "tailscale",
                                                        "headscale", "netbird"};

bool is_set(const base::Config& config, std::string_view key) {
    return !config.text(key).empty();
}

std::optional<std::string> find_url_fault(const base::Config& config, std::string_view key) {
    if (!is_set(config, key)) return std::nullopt;
    const std::string name(key);
    const auto url = net::parse_url(config.text(key));
    if (!url) return name + ": " + url.error();
    if (config.text(key).ends_with('/')) return name + ": without a '/' at the end";
    return std::nullopt;
}

networks::ConnectionSettings headscale_from(const base::Config& config) {
    networks::ConnectionSettings settings;
    settings.base_url = config.text("headscale.base_url");
    settings.user = config.text("headscale.user");
    settings.tags = config.list("headscale.tags");
    settings.pushes_trust = config.boolean("headscale.trust_tags");
    settings.credential = base::Secret(config.text("headscale.api_key"));
    return settings;
}

networks::ConnectionSettings netbird_from(const base::Config& config) {
    networks::ConnectionSettings settings;
    settings.base_url = config.text("netbird.base_url");
    settings.tags = config.list("netbird.groups");
    settings.pushes_trust = config.boolean("netbird.trust_groups");
    settings.credential = base::Secret(config.text("netbird.token"));
    return settings;
}

networks::ConnectionSettings tailscale_from(const base::Config& config) {
    networks::ConnectionSettings settings;
    settings.base_url = config.text("tailscale.base_url");
    settings.tailnet = config.text("tailscale.tailnet");
    settings.client_id = config.text("tailscale.oauth_client_id");
    settings.tags = config.list("tailscale.tags");
    const bool is_oauth = is_set(config, "tailscale.oauth_client_secret");
    settings.credential =
        base::Secret(config.text(is_oauth ? "tailscale.oauth_client_secret" : "tailscale.api_key"));
    return settings;
}

bool has_tailscale_api(const base::Config& config) {
    return is_set(config, "tailscale.api_key") || is_set(config, "tailscale.oauth_client_secret");
}

std::optional<std::string> find_tailscale_fault(const base::Config& config) {
    if (is_set(config, "tailscale.api_key") && is_set(config, "tailscale.oauth_client_secret")) {
        return "tailscale.api_key and tailscale.oauth_client_secret: one of them";
    }
    if (!has_tailscale_api(config) && !is_set(config, "tailscale.auth_key")) {
        return "network = tailscale needs tailscale.api_key, tailscale.oauth_client_secret or "
               "tailscale.auth_key";
    }
    if (is_set(config, "tailscale.oauth_client_secret") && config.list("tailscale.tags").empty()) {
        return "tailscale.oauth_client_secret needs tailscale.tags";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> find_network_fault(const base::Config& config) {
    const std::string& network = config.text("network");
    if (std::ranges::find(network_names, network) == network_names.end()) {
        return "network: \"" + network +
               "\" is none of none, simulated, tailscale, headscale, netbird";
    }
    if (network == "headscale") {
        for (const char* const key : {"headscale.base_url", "headscale.api_key"}) {
            if (!is_set(config, key)) return "network = headscale needs " + std::string(key);
        }
        const bool has_owner =
            is_set(config, "headscale.user") || !config.list("headscale.tags").empty();
        if (!has_owner) return "network = headscale needs headscale.user or headscale.tags";
    }
    if (network == "netbird" && !is_set(config, "netbird.token")) {
        return "network = netbird needs netbird.token";
    }
    if (network == "tailscale") {
        if (auto fault = find_tailscale_fault(config)) return fault;
    }
    for (const char* const key :
         {"tailscale.base_url", "headscale.base_url", "netbird.base_url", "networks.proxy"}) {
        if (auto fault = find_url_fault(config, key)) return fault;
    }
    return std::nullopt;
}

networks::ConnectionSettings common_connection_settings(const base::Config& config) {
    networks::ConnectionSettings settings;
    settings.ca_file = config.text("networks.ca_file");
    settings.proxy_url = config.text("networks.proxy");
    settings.call_timeout = config.duration("network_timeout");
    return settings;
}

std::optional<networks::ConnectionSettings> connection_settings_from(const base::Config& config) {
    const std::string& network = config.text("network");
    if (network == "none" || network == "simulated") return std::nullopt;
    if (network == "tailscale" && !has_tailscale_api(config)) return std::nullopt;
    networks::ConnectionSettings settings = network == "tailscale"   ? tailscale_from(config)
                                            : network == "headscale" ? headscale_from(config)
                                                                     : netbird_from(config);
    settings.network = network;
    take_common_settings(settings, common_connection_settings(config));
    return settings;
}

void take_common_settings(networks::ConnectionSettings& settings,
                          const networks::ConnectionSettings& common) {
    settings.ca_file = common.ca_file;
    settings.proxy_url = common.proxy_url;
    settings.call_timeout = common.call_timeout;
}

void take_network_rules(app::Rules& rules, const base::Config& config) {
    rules.default_network = config.text("network");
    rules.network_hosts = config.list("networks.hosts");
    if (const auto settings = connection_settings_from(config)) {
        // Tailscale's API is not what its clients log in to.
        if (settings->network != "tailscale") rules.default_network_url = settings->base_url;
    } else if (rules.default_network == "tailscale") {
        rules.default_network_key = base::Secret(config.text("tailscale.auth_key"));
        rules.default_network_tags = config.list("tailscale.tags");
    }
}

}  // namespace muster::main
