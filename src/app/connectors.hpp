// The credentials that handlers and background jobs call networks with. For the server itself: no
// rights are asked.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/context.hpp"
#include "base/secret.hpp"
#include "core/result.hpp"
#include "networks/connection.hpp"
#include "store/memberships.hpp"
#include "store/network_connections.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// What sealed columns are bound to (crypto/sealed.hpp).
inline constexpr std::string_view connection_credential_purpose = "network_connections.credential";
inline constexpr std::string_view webhook_secret_purpose = "network_connections.webhook_secret";

/// Of the server's own network, by its settings.
networks::Connector own_connector(const Context& context);
/// Empty: its credentials do not open with this server's sealing keys.
std::optional<networks::Connector> connector_of(const Context& context,
                                                const store::NetworkConnection& connection);
store::MembershipScope scope_of(const store::NetworkConnection& connection);

/// Empty: there is none, or its credentials do not open with this server's sealing keys.
std::optional<networks::Connector> find_connector(store::Transaction& transaction,
                                                  const Context& context,
                                                  const std::optional<std::string>& connection_id);

/// A connection as background jobs go through them.
struct ConnectionInUse {
    networks::Connector connector;
    store::MembershipScope scope;
    bool is_removed = false;
    std::optional<std::string> event_cursor;
};
/// All organizations'; those whose credentials do not open are left out.
core::Result<std::vector<ConnectionInUse>> list_connections_in_use(store::Transaction& transaction,
                                                                   const Context& context);
core::Result<void> keep_event_cursor(store::Transaction& transaction, const std::string& id,
                                     const std::string& cursor);
/// True: nothing needed it any more, and it is gone.
core::Result<bool> sweep_removed_connection(store::Transaction& transaction, const std::string& id);

/// What deliveries to a connection's webhook are signed with. Empty: no such connection, or none.
core::Result<std::optional<base::Secret<std::string>>> find_webhook_secret(
    store::Transaction& transaction, const Context& context, const std::string& id);

}  // namespace muster::app
