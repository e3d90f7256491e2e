// The SQL of network_memberships, organization_tailscale_config and spent_tokens.
// SPDX-License-Identifier: Apache-2.0
#include "store/memberships.hpp"

#include <boost/json/parse.hpp>

namespace muster::store {

namespace {

constexpr std::string_view before_all_ids = "00000000-0000-0000-0000-000000000000";

constexpr std::string_view select_membership = R"sql(
    SELECT device_id, network, key_id, node_id, hostname, key_expires_at, confirmed_at, created_at
      FROM network_memberships )sql";

Membership membership_from(const Row& row) {
    return {row.text(0),
            row.text(1),
            row.optional_text(2),
            row.optional_text(3),
            row.optional_text(4),
            row.optional_timestamp(5),
            row.optional_timestamp(6),
            row.timestamp(7)};
}

std::vector<std::string> texts_of(const std::string& json_array) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(json_array, error);
    if (error || !value.is_array()) throw StoreError("organization_tailscale_config: bad tags");
    std::vector<std::string> texts;
    for (const boost::json::value& item : value.get_array()) {
        if (item.is_string()) texts.emplace_back(item.get_string());
    }
    return texts;
}

}  // namespace

void save_membership(Transaction& transaction, const Membership& membership) {
    transaction.enqueue(R"sql(
        INSERT INTO network_memberships (device_id, network, key_id, node_id, hostname,
            key_expires_at, confirmed_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (device_id) DO UPDATE SET network = excluded.network,
            key_id = excluded.key_id, node_id = excluded.node_id, hostname = excluded.hostname,
            key_expires_at = excluded.key_expires_at, confirmed_at = excluded.confirmed_at)sql",
                        membership.device_id, membership.network, membership.key_id,
                        membership.node_id, membership.hostname, membership.key_expires_at,
                        membership.confirmed_at, membership.created_at);
}

std::optional<Membership> find_membership(Transaction& transaction, std::string_view device_id) {
    static const std::string sql = std::string(select_membership) + "WHERE device_id = $1";
    const auto row = transaction.one(sql, device_id);
    return row ? std::optional(membership_from(*row)) : std::nullopt;
}

std::optional<Membership> find_membership_of_node(Transaction& transaction,
                                                  std::string_view network,
                                                  std::string_view node_id,
                                                  const std::optional<std::string>& key_id) {
    static const std::string by_node =
        std::string(select_membership) + "WHERE node_id = $1 AND network = $2";
    static const std::string by_key =
        std::string(select_membership) + "WHERE key_id = $1 AND network = $2 AND node_id IS NULL";
    if (const auto row = transaction.one(by_node, node_id, network)) return membership_from(*row);
    if (!key_id) return std::nullopt;
    const auto row = transaction.one(by_key, *key_id, network);
    return row ? std::optional(membership_from(*row)) : std::nullopt;
}

void delete_membership(Transaction& transaction, std::string_view device_id,
                       std::string_view target) {
    transaction.enqueue(R"sql(
        DELETE FROM network_memberships
         WHERE device_id = $1 AND (node_id = $2 OR (node_id IS NULL AND key_id = $2)))sql",
                        device_id, target);
}

std::vector<Membership> list_confirmed_memberships(Transaction& transaction,
                                                   std::string_view network,
                                                   std::string_view after_device_id, int limit) {
    static const std::string sql = std::string(select_membership) + R"sql(
        WHERE network = $1 AND node_id IS NOT NULL AND device_id > $2
        ORDER BY device_id LIMIT $3)sql";
    const std::string_view after = after_device_id.empty() ? before_all_ids : after_device_id;
    std::vector<Membership> memberships;
    for (const Row& row : transaction.all(sql, network, after, limit)) {
        memberships.push_back(membership_from(row));
    }
    return memberships;
}

std::optional<TailscaleConfig> find_tailscale_config(Transaction& transaction,
                                                     std::string_view organization_id,
                                                     core::Timestamp now) {
    const auto row = transaction.one(R"sql(
        SELECT id, tailscale_auth_key, tags FROM organization_tailscale_config
         WHERE organization_id = $1 AND is_active AND (expires_at IS NULL OR expires_at > $2)
         ORDER BY created_at DESC, id DESC LIMIT 1)sql",
                                     organization_id, now);
    if (!row) return std::nullopt;
    return TailscaleConfig{row->text(0), row->text(1),
                           texts_of(row->optional_text(2).value_or("[]"))};
}

void insert_spent_token(Transaction& transaction, std::string_view digest,
                        std::string_view device_id, core::Timestamp spent_at,
                        core::Timestamp expires_at) {
    transaction.enqueue(R"sql(
        INSERT INTO spent_tokens (token_digest, device_id, spent_at, expires_at)
        VALUES ($1, $2, $3, $4))sql",
                        digest, device_id, spent_at, expires_at);
}

std::optional<std::string> find_spent_token(Transaction& transaction, std::string_view digest,
                                            core::Timestamp now) {
    const auto row = transaction.one(
        "SELECT device_id FROM spent_tokens WHERE token_digest = $1 AND expires_at > $2", digest,
        now);
    return row ? std::optional(row->text(0)) : std::nullopt;
}

int delete_expired_spent_tokens(Transaction& transaction, core::Timestamp now) {
    return static_cast<int>(
        transaction.execute("DELETE FROM spent_tokens WHERE expires_at <= $1", now));
}

}  // namespace muster::store
