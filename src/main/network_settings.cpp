// Each network has settings of its own, and some are every network's.
// SPDX-License-Identifier: Apache-2.0
#include "main/network_settings.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/url.hpp"

namespace muster::main {

namespace {

constexpr std::array<std::string_view, 4> network_names{"none", "simulated", "headscale",
                                                        "netbird"};

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
    settings.credential = base::Secret(config.text("headscale.api_key"));
    return settings;
}

networks::ConnectionSettings netbird_from(const base::Config& config) {
    networks::ConnectionSettings settings;
    settings.base_url = config.text("netbird.base_url");
    settings.tags = config.list("netbird.groups");
    settings.credential = base::Secret(config.text("netbird.token"));
    return settings;
}

}  // namespace

std::optional<std::string> find_network_fault(const base::Config& config) {
    const std::string& network = config.text("network");
    if (std::ranges::find(network_names, network) == network_names.end()) {
        return "network: \"" + network + "\" is none of none, simulated, headscale, netbird";
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
    for (const char* const key : {"headscale.base_url", "netbird.base_url", "networks.proxy"}) {
        if (auto fault = find_url_fault(config, key)) return fault;
    }
    return std::nullopt;
}

std::optional<networks::ConnectionSettings> connection_settings_from(const base::Config& config) {
    const std::string& network = config.text("network");
    if (network == "none" || network == "simulated") return std::nullopt;
    networks::ConnectionSettings settings =
        network == "headscale" ? headscale_from(config) : netbird_from(config);
    settings.network = network;
    settings.ca_file = config.text("networks.ca_file");
    settings.proxy_url = config.text("networks.proxy");
    settings.call_timeout = config.duration("network_timeout");
    return settings;
}

}  // namespace muster::main
