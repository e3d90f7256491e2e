// Rights, sealed credentials, and the audit rows of connections.
// SPDX-License-Identifier: Apache-2.0
#include "app/network_connections.hpp"

#include <algorithm>

#include <boost/json/array.hpp>

#include "app/authority.hpp"
#include "app/history.hpp"
#include "store/accounts.hpp"
#include "store/network_jobs.hpp"

namespace muster::app {

namespace {

namespace json = boost::json;
using core::Code;
using store::NetworkConnection;

/// An organization's admin reaches public services and what the operator has named; the server's
/// own neighbourhood is not everybody's.
bool may_reach(const Authority& authority, const Context& context, const ConnectionInput& input) {
    if (authority.is_global() || !input.base_url || input.base_url->empty()) return true;
    const std::vector<std::string>& hosts = context.rules.network_hosts;
    return input.api_host && std::ranges::find(hosts, *input.api_host) != hosts.end();
}

core::Result<std::string> choose_organization(store::Transaction& transaction,
                                              const Authority& authority,
                                              std::optional<std::string> wanted) {
    if (!wanted && authority.profile) wanted = authority.profile->organization_id;
    if (!wanted) return core::fail(Code::missing_field, "organization_id");
    if (!authority.administers(wanted)) return core::fail(Code::permission_denied);
    if (!store::find_organization(transaction, *wanted)) {
        return core::fail(Code::organization_not_found);
    }
    return std::move(*wanted);
}

core::Result<void> check_name_is_free(store::Transaction& transaction,
                                      const std::string& organization_id, const std::string& name,
                                      std::string_view own_id) {
    const auto others = store::list_connections(transaction, organization_id);
    const auto has_it = [&](const NetworkConnection& other) {
        return other.name == name && other.id != own_id;
    };
    if (std::ranges::any_of(others, has_it)) return core::fail(Code::network_connection_exists);
    return {};
}

void take_text(json::object& settings, std::string_view name,
               const std::optional<std::string>& value) {
    if (!value) return;
    if (value->empty()) {
        settings.erase(name);
    } else {
        settings[name] = *value;
    }
}

void take_input(NetworkConnection& connection, const Context& context,
                const ConnectionInput& input) {
    if (input.name) connection.name = *input.name;
    if (input.base_url) connection.base_url = *input.base_url;
    take_text(connection.settings, "control_url", input.control_url);
    take_text(connection.settings, "tailnet", input.tailnet);
    take_text(connection.settings, "client_id", input.client_id);
    take_text(connection.settings, "user", input.user);
    if (input.tags)
        connection.settings["tags"] = json::array(input.tags->begin(), input.tags->end());
    if (input.pushes_trust) connection.settings["pushes_trust"] = *input.pushes_trust;
    if (input.credential) {
        connection.sealed_credential =
            context.sealer.seal(*input.credential, connection_credential_purpose);
    }
    if (input.webhook_secret) {
        connection.sealed_webhook_secret =
            context.sealer.seal(*input.webhook_secret, webhook_secret_purpose);
    }
    connection.updated_at = context.now;
}

/// Whoever changes where a connection leads must know its credential: it would be sent there.
bool lacks_credential(const NetworkConnection& known, const ConnectionInput& input) {
    return input.base_url && *input.base_url != known.base_url && !input.credential;
}

core::Result<NetworkConnection> make_connection(store::Transaction& transaction,
                                                const Context& context,
                                                std::optional<std::string> organization_id,
                                                const std::string& network,
                                                const ConnectionInput& input) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    auto organization = choose_organization(transaction, *authority, std::move(organization_id));
    if (!organization) return std::unexpected(organization.error());
    if (!input.name) return core::fail(Code::missing_field, "name");
    if (!input.credential) return core::fail(Code::missing_field, "credential");
    if (!may_reach(*authority, context, input)) return core::fail(Code::permission_denied);
    if (auto free = check_name_is_free(transaction, *organization, *input.name, ""); !free) {
        return std::unexpected(free.error());
    }
    NetworkConnection connection;
    connection.id = new_id(context);
    connection.organization_id = std::move(*organization);
    connection.network = network;
    connection.created_by = authority->name();
    connection.created_at = context.now;
    take_input(connection, context, input);
    return connection;
}

/// For who administers its organization; to everybody else it does not exist.
core::Result<NetworkConnection> get_connection(store::Transaction& transaction,
                                               const Authority& authority, const std::string& id) {
    auto connection = store::find_connection(transaction, id);
    if (!connection || !connection->organization_id ||
        !authority.administers(connection->organization_id)) {
        return core::fail(Code::network_connection_not_found);
    }
    return std::move(*connection);
}

struct Change {
    NetworkConnection before;
    NetworkConnection after;
};

core::Result<Change> make_change(store::Transaction& transaction, const Context& context,
                                 const std::string& id, const ConnectionInput& input) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    auto known = get_connection(transaction, *authority, id);
    if (!known) return std::unexpected(known.error());
    if (!may_reach(*authority, context, input)) return core::fail(Code::permission_denied);
    if (lacks_credential(*known, input)) return core::fail(Code::missing_field, "credential");
    if (input.name) {
        auto free = check_name_is_free(transaction, *known->organization_id, *input.name, id);
        if (!free) return std::unexpected(free.error());
    }
    NetworkConnection after = *known;
    take_input(after, context, input);
    return Change{std::move(*known), std::move(after)};
}

ConnectionView view_of(store::Transaction& transaction, NetworkConnection connection) {
    ConnectionView view;
    view.devices = store::count_memberships(transaction, scope_of(connection));
    view.waiting_jobs = store::count_waiting_jobs_of(transaction, connection.id);
    view.has_webhook_secret = connection.sealed_webhook_secret.has_value();
    connection.sealed_credential.clear();
    connection.sealed_webhook_secret.reset();
    view.connection = std::move(connection);
    return view;
}

void audit_connection(store::Transaction& transaction, const Context& context,
                      const NetworkConnection& connection, std::string event,
                      json::object more = {}) {
    json::object details{{"connection_id", connection.id},
                         {"name", connection.name},
                         {"network", connection.network},
                         {"base_url", connection.base_url}};
    for (auto& [key, value] : more) details[key] = std::move(value);
    record_audit(transaction, context, connection.organization_id, std::move(event),
                 std::move(details));
}

core::Result<networks::Connector> draft_of(const Context& context,
                                           const NetworkConnection& connection) {
    auto connector = connector_of(context, connection);
    if (!connector) return core::fail(Code::network_not_configured);
    return std::move(*connector);
}

}  // namespace

core::Result<networks::Connector> draft_connection(store::Transaction& transaction,
                                                   const Context& context,
                                                   std::optional<std::string> organization_id,
                                                   const std::string& network,
                                                   const ConnectionInput& input) {
    const auto connection =
        make_connection(transaction, context, std::move(organization_id), network, input);
    if (!connection) return std::unexpected(connection.error());
    return draft_of(context, *connection);
}

core::Result<ConnectionView> add_connection(store::Transaction& transaction, const Context& context,
                                            std::optional<std::string> organization_id,
                                            const std::string& network,
                                            const ConnectionInput& input, bool is_default) {
    auto connection =
        make_connection(transaction, context, std::move(organization_id), network, input);
    if (!connection) return std::unexpected(connection.error());
    const std::string& organization = *connection->organization_id;
    const bool is_first = !store::find_default_connection(transaction, organization);
    store::insert_connection(transaction, *connection);
    if (is_default || is_first) {
        store::set_default_connection(transaction, organization, connection->id);
        connection->is_default = true;
    }
    audit_connection(transaction, context, *connection, "network_connection_added");
    return view_of(transaction, std::move(*connection));
}

core::Result<networks::Connector> draft_change(store::Transaction& transaction,
                                               const Context& context, const std::string& id,
                                               const ConnectionInput& input) {
    const auto change = make_change(transaction, context, id, input);
    if (!change) return std::unexpected(change.error());
    return draft_of(context, change->after);
}

core::Result<ConnectionView> change_connection(store::Transaction& transaction,
                                               const Context& context, const std::string& id,
                                               const ConnectionInput& input) {
    auto change = make_change(transaction, context, id, input);
    if (!change) return std::unexpected(change.error());
    store::update_connection(transaction, change->after);
    if (input.pushes_trust) {
        store::make_trust_pushes_due(transaction, scope_of(change->after), context.now);
    }
    audit_connection(transaction, context, change->after, "network_connection_changed",
                     {{"credential_changed", input.credential.has_value()},
                      {"base_url_before", change->before.base_url}});
    return view_of(transaction, std::move(change->after));
}

core::Result<ConnectionView> make_default_connection(store::Transaction& transaction,
                                                     const Context& context,
                                                     const std::string& id) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    auto connection = get_connection(transaction, *authority, id);
    if (!connection) return std::unexpected(connection.error());
    if (!connection->is_default) {
        store::set_default_connection(transaction, *connection->organization_id, id);
        connection->is_default = true;
        audit_connection(transaction, context, *connection, "network_connection_made_default");
    }
    return view_of(transaction, std::move(*connection));
}

core::Result<void> remove_connection(store::Transaction& transaction, const Context& context,
                                     const std::string& id, bool force) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    const auto connection = get_connection(transaction, *authority, id);
    if (!connection) return std::unexpected(connection.error());
    const auto devices = store::count_memberships(transaction, scope_of(*connection));
    if (devices > 0 && !force) {
        return core::fail(Code::network_connection_in_use, {}, std::to_string(devices));
    }
    store::release_connection(transaction, id, context.now);
    audit_connection(transaction, context, *connection, "network_connection_removed",
                     {{"devices", devices}});
    return {};
}

core::Result<std::vector<ConnectionView>> list_connections(
    store::Transaction& transaction, const Context& context,
    const std::optional<std::string>& organization_id) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    std::optional<std::string> wanted = organization_id;
    if (!wanted && !authority->is_global()) wanted = authority->profile->organization_id;
    if (!authority->is_global() && (!wanted || !authority->administers(wanted))) {
        return core::fail(Code::permission_denied);
    }
    std::vector<ConnectionView> views;
    for (NetworkConnection& connection : store::list_connections(transaction, wanted)) {
        views.push_back(view_of(transaction, std::move(connection)));
    }
    return views;
}

core::Result<networks::Connector> open_connection(store::Transaction& transaction,
                                                  const Context& context, const std::string& id) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    const auto connection = get_connection(transaction, *authority, id);
    if (!connection) return std::unexpected(connection.error());
    return draft_of(context, *connection);
}

core::Result<networks::Connector> choose_connection(store::Transaction& transaction,
                                                    const Context& context,
                                                    const std::optional<std::string>& id,
                                                    std::string_view network) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (id) return open_connection(transaction, context, *id);
    std::optional<std::string> organization;
    if (authority->profile) organization = authority->profile->organization_id;
    if (!authority->is_global() && (!organization || !authority->administers(organization))) {
        return core::fail(Code::permission_denied);
    }
    std::optional<NetworkConnection> connection;
    if (organization) {
        connection = network.empty()
                         ? store::find_default_connection(transaction, *organization)
                         : store::find_connection_to(transaction, *organization, network);
    }
    if (connection) return draft_of(context, *connection);
    const std::string& own = context.rules.default_network;
    if (!authority->is_global() || own == "none" || (!network.empty() && own != network)) {
        return core::fail(Code::network_not_configured);
    }
    return own_connector(context);
}

}  // namespace muster::app
