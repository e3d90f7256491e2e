// The SQL of table network_connections.
// SPDX-License-Identifier: Apache-2.0
#include "store/network_connections.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "store/memberships.hpp"

namespace muster::store {

namespace {

constexpr std::string_view select_connection = R"sql(
    SELECT id, organization_id, name, network, base_url, settings, credential, webhook_secret,
           is_default, event_cursor, created_by, created_at, updated_at
      FROM network_connections )sql";

NetworkConnection connection_from(const Row& row) {
    NetworkConnection connection;
    connection.id = row.text(0);
    connection.organization_id = row.optional_text(1);
    connection.name = row.text(2);
    connection.network = row.text(3);
    connection.base_url = row.text(4);
    boost::system::error_code error;
    const boost::json::value settings = boost::json::parse(row.text(5), error);
    if (error || !settings.is_object()) {
        throw StoreError("network_connections: bad settings in row " + connection.id);
    }
    connection.settings = settings.get_object();
    connection.sealed_credential = row.text(6);
    connection.sealed_webhook_secret = row.optional_text(7);
    connection.is_default = row.boolean(8);
    connection.event_cursor = row.optional_text(9);
    connection.created_by = row.text(10);
    connection.created_at = row.timestamp(11);
    connection.updated_at = row.timestamp(12);
    return connection;
}

std::optional<NetworkConnection> first_of(const std::optional<Row>& row) {
    return row ? std::optional(connection_from(*row)) : std::nullopt;
}

std::vector<NetworkConnection> connections_from(const std::vector<Row>& rows) {
    std::vector<NetworkConnection> connections;
    connections.reserve(rows.size());
    for (const Row& row : rows) connections.push_back(connection_from(row));
    return connections;
}

std::string select_where(std::string_view condition) {
    return std::string(select_connection) + std::string(condition);
}

}  // namespace

void insert_connection(Transaction& transaction, const NetworkConnection& connection) {
    transaction.execute(
        R"sql(
        INSERT INTO network_connections (id, organization_id, name, network, base_url, settings,
            credential, webhook_secret, is_default, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))sql",
        connection.id, connection.organization_id, connection.name, connection.network,
        connection.base_url, boost::json::serialize(connection.settings),
        connection.sealed_credential, connection.sealed_webhook_secret, connection.is_default,
        connection.created_by, connection.created_at, connection.updated_at);
}

void update_connection(Transaction& transaction, const NetworkConnection& connection) {
    transaction.execute(R"sql(
        UPDATE network_connections SET name = $2, base_url = $3, settings = $4, credential = $5,
            webhook_secret = $6, updated_at = $7
         WHERE id = $1)sql",
                        connection.id, connection.name, connection.base_url,
                        boost::json::serialize(connection.settings), connection.sealed_credential,
                        connection.sealed_webhook_secret, connection.updated_at);
}

std::optional<NetworkConnection> find_connection(Transaction& transaction, std::string_view id) {
    static const std::string sql = select_where("WHERE id = $1");
    return first_of(transaction.one(sql, id));
}

std::optional<NetworkConnection> find_default_connection(Transaction& transaction,
                                                         std::string_view organization_id) {
    static const std::string sql = select_where("WHERE organization_id = $1 AND is_default");
    return first_of(transaction.one(sql, organization_id));
}

std::optional<NetworkConnection> find_connection_to(Transaction& transaction,
                                                    std::string_view organization_id,
                                                    std::string_view network) {
    static const std::string sql = select_where(
        "WHERE organization_id = $1 AND network = $2 "
        "ORDER BY is_default DESC, created_at, id LIMIT 1");
    return first_of(transaction.one(sql, organization_id, network));
}

std::vector<NetworkConnection> list_connections(Transaction& transaction,
                                                const std::optional<std::string>& organization_id) {
    static const std::string of_one = select_where("WHERE organization_id = $1 ORDER BY name, id");
    static const std::string of_all =
        select_where("WHERE organization_id IS NOT NULL ORDER BY name, id");
    return connections_from(organization_id ? transaction.all(of_one, *organization_id)
                                            : transaction.all(of_all));
}

std::vector<NetworkConnection> list_all_connections(Transaction& transaction,
                                                    std::string_view after_id, int limit) {
    static const std::string sql = select_where("WHERE id > $1 ORDER BY id LIMIT $2");
    return connections_from(
        transaction.all(sql, after_id.empty() ? before_all_ids : after_id, limit));
}

void set_default_connection(Transaction& transaction, std::string_view organization_id,
                            std::string_view id) {
    transaction.execute(
        "UPDATE network_connections SET is_default = $2 WHERE organization_id = $1 AND is_default",
        organization_id, false);
    transaction.execute(
        "UPDATE network_connections SET is_default = $3 WHERE organization_id = $1 AND id = $2",
        organization_id, id, true);
}

void release_connection(Transaction& transaction, std::string_view id, core::Timestamp now) {
    transaction.execute(R"sql(
        UPDATE network_connections SET organization_id = NULL, is_default = $3, updated_at = $2
         WHERE id = $1)sql",
                        id, now, false);
}

void save_event_cursor(Transaction& transaction, std::string_view id, std::string_view cursor) {
    transaction.execute("UPDATE network_connections SET event_cursor = $2 WHERE id = $1", id,
                        cursor);
}

bool delete_released_connection(Transaction& transaction, std::string_view id) {
    return transaction.execute(R"sql(
        DELETE FROM network_connections
         WHERE id = $1 AND organization_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM network_memberships WHERE connection_id = $1)
           AND NOT EXISTS (SELECT 1 FROM network_jobs
                            WHERE connection_id = $1 AND state = 'waiting'))sql",
                               id) > 0;
}

}  // namespace muster::store
