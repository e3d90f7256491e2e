// Rows of network_connections as what connectors are made from.
// SPDX-License-Identifier: Apache-2.0
#include "app/connectors.hpp"

#include <utility>

namespace muster::app {

namespace {

namespace json = boost::json;
using store::NetworkConnection;

constexpr int connections_page = 200;

std::string text_setting(const json::object& settings, std::string_view name) {
    const json::value* const value = settings.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::string> tags_setting(const json::object& settings) {
    std::vector<std::string> tags;
    const json::value* const value = settings.if_contains("tags");
    if (!value || !value->is_array()) return tags;
    for (const json::value& tag : value->get_array()) {
        if (tag.is_string()) tags.emplace_back(tag.get_string());
    }
    return tags;
}

std::optional<bool> pushes_trust_setting(const json::object& settings) {
    const json::value* const value = settings.if_contains("pushes_trust");
    return value && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

networks::ConnectionSettings settings_of(const NetworkConnection& connection,
                                         base::Secret<std::string> credential) {
    networks::ConnectionSettings settings;
    settings.network = connection.network;
    settings.base_url = connection.base_url;
    settings.control_url = text_setting(connection.settings, "control_url");
    settings.tailnet = text_setting(connection.settings, "tailnet");
    settings.client_id = text_setting(connection.settings, "client_id");
    settings.user = text_setting(connection.settings, "user");
    settings.tags = tags_setting(connection.settings);
    settings.pushes_trust = pushes_trust_setting(connection.settings);
    settings.credential = std::move(credential);
    return settings;
}

}  // namespace

networks::Connector own_connector(const Context& context) {
    networks::Connector own;
    own.settings.network = context.rules.default_network;
    own.settings.control_url = context.rules.default_network_url;
    return own;
}

std::optional<networks::Connector> connector_of(const Context& context,
                                                const NetworkConnection& connection) {
    auto credential =
        context.sealer.open(connection.sealed_credential, connection_credential_purpose);
    if (!credential) return std::nullopt;
    return networks::Connector{connection.id, core::to_text(connection.updated_at),
                               settings_of(connection, std::move(*credential))};
}

store::MembershipScope scope_of(const NetworkConnection& connection) {
    return {connection.network, connection.id};
}

std::optional<networks::Connector> find_connector(store::Transaction& transaction,
                                                  const Context& context,
                                                  const std::optional<std::string>& connection_id) {
    if (!connection_id) {
        if (context.rules.default_network == "none") return std::nullopt;
        return own_connector(context);
    }
    const auto connection = store::find_connection(transaction, *connection_id);
    return connection ? connector_of(context, *connection) : std::nullopt;
}

core::Result<std::vector<ConnectionInUse>> list_connections_in_use(store::Transaction& transaction,
                                                                   const Context& context) {
    std::vector<ConnectionInUse> in_use;
    std::string after;
    for (;;) {
        const auto page = store::list_all_connections(transaction, after, connections_page);
        for (const NetworkConnection& connection : page) {
            auto connector = connector_of(context, connection);
            if (!connector) continue;
            in_use.push_back({std::move(*connector), scope_of(connection),
                              !connection.organization_id.has_value(), connection.event_cursor});
        }
        if (static_cast<int>(page.size()) < connections_page) return in_use;
        after = page.back().id;
    }
}

core::Result<void> keep_event_cursor(store::Transaction& transaction, const std::string& id,
                                     const std::string& cursor) {
    store::save_event_cursor(transaction, id, cursor);
    return {};
}

core::Result<bool> sweep_removed_connection(store::Transaction& transaction,
                                            const std::string& id) {
    return store::delete_released_connection(transaction, id);
}

core::Result<std::optional<base::Secret<std::string>>> find_webhook_secret(
    store::Transaction& transaction, const Context& context, const std::string& id) {
    const auto connection = store::find_connection(transaction, id);
    if (!connection || !connection->organization_id || !connection->sealed_webhook_secret) {
        return std::optional<base::Secret<std::string>>();
    }
    return context.sealer.open(*connection->sealed_webhook_secret, webhook_secret_purpose);
}

}  // namespace muster::app
