// The order in which networks are looked for, and who may use which.
// SPDX-License-Identifier: Apache-2.0
#include "app/device_networks.hpp"

#include "app/authority.hpp"
#include "app/network_connections.hpp"
#include "store/memberships.hpp"
#include "store/network_connections.hpp"
#include "store/network_jobs.hpp"

namespace muster::app {

namespace {

using core::Code;

std::optional<store::NetworkConnection> find_preferred(store::Transaction& transaction,
                                                       const std::string& organization_id) {
    auto connection = store::find_connection_to(transaction, organization_id, "tailscale");
    return connection ? connection : store::find_default_connection(transaction, organization_id);
}

core::Result<networks::Connector> need(std::optional<networks::Connector> connector) {
    if (!connector) return core::fail(Code::network_not_configured);
    return std::move(*connector);
}

}  // namespace

core::Result<networks::Connector> choose_device_network(store::Transaction& transaction,
                                                        const Context& context,
                                                        const std::optional<std::string>& id) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (id) return open_connection(transaction, context, *id);
    std::optional<std::string> organization;
    if (authority->profile) organization = authority->profile->organization_id;
    if (!authority->is_global() && (!organization || !authority->administers(organization))) {
        return core::fail(Code::permission_denied);
    }
    if (organization) {
        const auto connection = find_preferred(transaction, *organization);
        if (connection) return need(find_connector(transaction, context, connection->id));
    }
    if (!authority->is_global()) return core::fail(Code::network_not_configured);
    return need(find_connector(transaction, context, std::nullopt));
}

core::Result<networks::Connector> open_own_network(store::Transaction& transaction,
                                                   const Context& context) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (!authority->is_global()) return core::fail(Code::permission_denied);
    return need(find_connector(transaction, context, std::nullopt));
}

core::Result<std::optional<OwnNetwork>> show_own_network(store::Transaction& transaction,
                                                         const Context& context) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    const std::string& network = context.rules.default_network;
    if (!authority->is_global() || network == "none") return std::optional<OwnNetwork>();
    OwnNetwork own;
    own.devices = store::count_memberships(transaction, {network, std::nullopt});
    own.waiting_jobs = store::count_waiting_jobs_of_server(transaction);
    return std::optional(own);
}

core::Result<KnownNodes> find_known_nodes(store::Transaction& transaction,
                                          const networks::Connector& connector,
                                          const NodeNames& names) {
    store::MembershipScope scope{connector.settings.network};
    if (!connector.id.empty()) scope.connection_id = connector.id;
    KnownNodes known;
    for (std::string& id : store::list_bound_nodes(transaction, scope, names.node_ids)) {
        known.node_ids.insert(std::move(id));
    }
    for (std::string& id : store::list_waiting_keys(transaction, scope, names.key_ids)) {
        known.key_ids.insert(std::move(id));
    }
    return known;
}

}  // namespace muster::app
