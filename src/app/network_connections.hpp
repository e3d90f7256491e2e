// An organization's connections to its private networks: who may make, change and use them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/connectors.hpp"
#include "app/context.hpp"
#include "base/secret.hpp"
#include "core/result.hpp"
#include "networks/connection.hpp"
#include "store/network_connections.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// What is wanted of a connection. In a change, an empty member leaves what is there.
struct ConnectionInput {
    std::optional<std::string> name = {};
    std::optional<std::string> base_url = {};  ///< "": the network's public service
    std::optional<std::string> api_host = {};  ///< base_url's host, as the caller parsed it
    std::optional<std::string> control_url = {};
    std::optional<std::string> tailnet = {};
    std::optional<std::string> client_id = {};
    std::optional<std::string> user = {};
    std::optional<std::vector<std::string>> tags = {};
    std::optional<bool> pushes_trust = {};
    std::optional<base::Secret<std::string>> credential = {};
    std::optional<base::Secret<std::string>> webhook_secret = {};
};

/// A connection as its organization's admins see it: no secrets.
struct ConnectionView {
    store::NetworkConnection connection;  ///< its sealed members are empty
    bool has_webhook_secret = false;
    std::int64_t devices = 0;
    std::int64_t waiting_jobs = 0;
};

/// A connection that is not kept yet: for its first call. Checks everything that add_connection()
/// does. `organization_id`: the caller's own when empty.
/// Fails: authorization_required, permission_denied (not its admin; a base URL whose host is not
/// among the setting networks.hosts, save for global admins), missing_field,
/// organization_not_found, network_connection_exists.
core::Result<networks::Connector> draft_connection(store::Transaction& transaction,
                                                   const Context& context,
                                                   std::optional<std::string> organization_id,
                                                   const std::string& network,
                                                   const ConnectionInput& input);
/// The organization's first one is its default, whatever `is_default` says.
core::Result<ConnectionView> add_connection(store::Transaction& transaction, const Context& context,
                                            std::optional<std::string> organization_id,
                                            const std::string& network,
                                            const ConnectionInput& input, bool is_default);

/// As draft_connection(), for one that is there. Fails also: network_connection_not_found.
core::Result<networks::Connector> draft_change(store::Transaction& transaction,
                                               const Context& context, const std::string& id,
                                               const ConnectionInput& input);
core::Result<ConnectionView> change_connection(store::Transaction& transaction,
                                               const Context& context, const std::string& id,
                                               const ConnectionInput& input);
core::Result<ConnectionView> make_default_connection(store::Transaction& transaction,
                                                     const Context& context, const std::string& id);

/// Devices that are on it stay where they are and lose the trust that it gave; jobs that need its
/// credentials are still delivered. Fails: network_connection_not_found, and, unless `force`,
/// network_connection_in_use.
core::Result<void> remove_connection(store::Transaction& transaction, const Context& context,
                                     const std::string& id, bool force);

/// Of the caller's organization, or of the one named; a global admin who names none sees all.
core::Result<std::vector<ConnectionView>> list_connections(
    store::Transaction& transaction, const Context& context,
    const std::optional<std::string>& organization_id);

/// For an admin of its organization. Fails: network_connection_not_found.
core::Result<networks::Connector> open_connection(store::Transaction& transaction,
                                                  const Context& context, const std::string& id);

/// What an admin's call to a network goes through: the connection named, else the connection of the
/// caller's organization (its default first), to `network` if that is given; else the server's own,
/// for global admins and the service key. Fails: permission_denied, network_connection_not_found,
/// network_not_configured (also: a credential that does not open).
core::Result<networks::Connector> choose_connection(store::Transaction& transaction,
                                                    const Context& context,
                                                    const std::optional<std::string>& id,
                                                    std::string_view network);

}  // namespace muster::app
