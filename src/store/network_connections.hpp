// Table network_connections: how an organization's networks are reached. Called by app/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/timestamp.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct NetworkConnection {
    std::string id;
    std::optional<std::string> organization_id;  ///< empty: removed, on its way out
    std::string name;
    std::string network;
    std::string base_url;
    boost::json::object settings;  ///< what only some networks need
    std::string sealed_credential;
    std::optional<std::string> sealed_webhook_secret;
    bool is_default = false;
    std::optional<std::string> event_cursor;
    std::string created_by;
    core::Timestamp created_at;
    core::Timestamp updated_at;
};

/// Throws ConstraintViolation: the organization has one of this name, or another default.
void insert_connection(Transaction& transaction, const NetworkConnection& connection);
/// Writes what may change: name, base_url, settings, credentials, updated_at.
void update_connection(Transaction& transaction, const NetworkConnection& connection);
std::optional<NetworkConnection> find_connection(Transaction& transaction, std::string_view id);
std::optional<NetworkConnection> find_default_connection(Transaction& transaction,
                                                         std::string_view organization_id);
/// The organization's connections to one network, the default first, then the oldest.
std::optional<NetworkConnection> find_connection_to(Transaction& transaction,
                                                    std::string_view organization_id,
                                                    std::string_view network);
/// Of one organization, or of all; by name.
std::vector<NetworkConnection> list_connections(Transaction& transaction,
                                                const std::optional<std::string>& organization_id);
/// The ones that were removed, too: what background jobs go through. By id, after `after_id`.
std::vector<NetworkConnection> list_all_connections(Transaction& transaction,
                                                    std::string_view after_id, int limit);
/// Makes it the only default of its organization.
void set_default_connection(Transaction& transaction, std::string_view organization_id,
                            std::string_view id);
/// Takes it off its organization.
void release_connection(Transaction& transaction, std::string_view id, core::Timestamp now);
void save_event_cursor(Transaction& transaction, std::string_view id, std::string_view cursor);
/// False: something still needs it.
bool delete_released_connection(Transaction& transaction, std::string_view id);

}  // namespace muster::store
