// Finds the key that a device will join its network with.
// SPDX-License-Identifier: Apache-2.0
#include "app/network_keys.hpp"

#include "app/network_connections.hpp"
#include "store/memberships.hpp"
#include "store/network_connections.hpp"

namespace muster::app {

namespace {

std::vector<std::string> tags_of(const core::Device& device) {
    std::vector<std::string> tags;
    const auto* const value = device.metadata.if_contains("tailscale_tags");
    if (!value || !value->is_array()) return tags;
    for (const auto& tag : value->get_array()) {
        if (tag.is_string()) tags.emplace_back(tag.get_string());
    }
    return tags;
}

/// A static key tells nobody which node used it: somebody with credentials has to look.
std::optional<networks::Connector> find_observer(store::Transaction& transaction,
                                                 const Context& context,
                                                 const core::Device& device) {
    if (device.organization_id) {
        const auto connection =
            store::find_connection_to(transaction, *device.organization_id, "tailscale");
        if (connection) return find_connector(transaction, context, connection->id);
    }
    if (context.rules.default_network != "tailscale") return std::nullopt;
    return find_connector(transaction, context, std::nullopt);
}

std::optional<KeySource> find_own_key(store::Transaction& transaction, const Context& context,
                                      const core::Device& device) {
    if (!device.tailscale_auth_key) return std::nullopt;
    auto key = context.sealer.open(*device.tailscale_auth_key, device_key_purpose);
    if (!key) return std::nullopt;
    const auto membership = store::find_membership(transaction, device.id);
    KeySource source{"tailscale", std::move(key), tags_of(device), false, {}};
    if (membership) {
        source.network = membership->network;
        source.connector = find_connector(transaction, context, membership->connection_id);
    } else {
        source.connector = find_observer(transaction, context, device);
    }
    return source;
}

std::optional<KeySource> find_organizations_key(store::Transaction& transaction,
                                                const Context& context,
                                                const core::Device& device) {
    if (!device.organization_id) return std::nullopt;
    const auto connection = store::find_default_connection(transaction, *device.organization_id);
    if (connection) {
        return KeySource{connection->network,
                         std::nullopt,
                         {},
                         true,
                         find_connector(transaction, context, connection->id)};
    }
    const auto config =
        store::find_tailscale_config(transaction, *device.organization_id, context.now);
    auto key = config ? context.sealer.open(config->sealed_key, config_key_purpose) : std::nullopt;
    if (!key) return std::nullopt;
    return KeySource{"tailscale", std::move(key), config->tags, false,
                     find_observer(transaction, context, device)};
}

}  // namespace

KeySource find_key_source(store::Transaction& transaction, const Context& context,
                          const core::Device& device) {
    if (auto source = find_own_key(transaction, context, device)) return std::move(*source);
    if (auto source = find_organizations_key(transaction, context, device)) {
        return std::move(*source);
    }
    const Rules& rules = context.rules;
    if (rules.default_network == "none") return {};
    if (rules.default_network_key) {
        return {rules.default_network, rules.default_network_key, rules.default_network_tags, false,
                find_connector(transaction, context, std::nullopt)};
    }
    // Tags say what a node may reach. The device's owner writes its metadata, so none come from it.
    return {rules.default_network,
            std::nullopt,
            {},
            true,
            find_connector(transaction, context, std::nullopt)};
}

}  // namespace muster::app
