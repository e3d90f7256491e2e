// Finds the key that a device will join its network with.
// SPDX-License-Identifier: Apache-2.0
#include "app/network_keys.hpp"

#include "store/memberships.hpp"

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

}  // namespace

KeySource find_key_source(store::Transaction& transaction, const Context& context,
                          const core::Device& device) {
    if (device.tailscale_auth_key) {
        auto key = context.sealer.open(*device.tailscale_auth_key, device_key_purpose);
        if (key) {
            const auto membership = store::find_membership(transaction, device.id);
            return {membership ? membership->network : "tailscale", std::move(key), tags_of(device),
                    false};
        }
    }
    if (device.organization_id) {
        const auto config =
            store::find_tailscale_config(transaction, *device.organization_id, context.now);
        auto key =
            config ? context.sealer.open(config->sealed_key, config_key_purpose) : std::nullopt;
        if (key) return {"tailscale", std::move(key), config->tags, false};
    }
    if (context.rules.default_network == "none") return {};
    // Tags say what a node may reach. The device's owner writes its metadata, so none come from it.
    return {context.rules.default_network, std::nullopt, {}, true};
}

}  // namespace muster::app
