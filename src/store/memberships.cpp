// The SQL of network_memberships, organization_tailscale_config and spent_tokens.
// SPDX-License-Identifier: Apache-2.0
#include "store/memberships.hpp"

#include <boost/json/parse.hpp>

namespace muster::store {

namespace {

constexpr std::string_view select_membership = R"sql(
    SELECT device_id, network, connection_id, key_id, node_id, hostname, announced_hostname,
           key_expires_at, confirmed_at, ambiguity_told_at, trust_push_at, trust_pushed, created_at
      FROM network_memberships )sql";

Membership membership_from(const Row& row) {
    Membership membership;
    membership.device_id = row.text(0);
    membership.network = row.text(1);
    membership.connection_id = row.optional_text(2);
    membership.key_id = row.optional_text(3);
    membership.node_id = row.optional_text(4);
    membership.hostname = row.optional_text(5);
    membership.announced_hostname = row.optional_text(6);
    membership.key_expires_at = row.optional_timestamp(7);
    membership.confirmed_at = row.optional_timestamp(8);
    membership.ambiguity_told_at = row.optional_timestamp(9);
    membership.trust_push_at = row.optional_timestamp(10);
    membership.trust_pushed = row.optional_text(11);
    membership.created_at = row.timestamp(12);
    return membership;
}

std::vector<Membership> memberships_from(const std::vector<Row>& rows) {
    std::vector<Membership> memberships;
    memberships.reserve(rows.size());
    for (const Row& row : rows) memberships.push_back(membership_from(row));
    return memberships;
}

/// The values of `column` among `wanted`, of rows that also meet `condition`.
std::vector<std::string> list_among(Transaction& transaction, const MembershipScope& scope,
                                    const std::string& column, const std::string& condition,
                                    std::span<const std::string> wanted) {
    std::vector<std::string> found;
    if (wanted.empty()) return found;
    std::vector<Parameter> parameters{scope_id(scope), std::string_view(scope.network)};
    std::string places;
    for (const std::string& value : wanted) {
        parameters.emplace_back(std::string_view(value));
        places += (places.empty() ? "$" : ", $") + std::to_string(parameters.size());
    }
    const std::string sql = "SELECT " + column + " FROM network_memberships WHERE " +
                            std::string(in_scope(scope)) + condition + "AND " + column + " IN (" +
                            places + ")";
    for (const Row& row : transaction.all_of(sql, parameters)) found.push_back(row.text(0));
    return found;
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

std::string_view in_scope(const MembershipScope& scope) {
    return scope.connection_id ? "connection_id = $1 AND network = $2 "
                               : "connection_id IS NULL AND $1 = '' AND network = $2 ";
}

std::string_view scope_id(const MembershipScope& scope) {
    return scope.connection_id ? std::string_view(*scope.connection_id) : std::string_view();
}

void save_membership(Transaction& transaction, const Membership& membership) {
    transaction.enqueue(R"sql(
        INSERT INTO network_memberships (device_id, network, connection_id, key_id, node_id,
            hostname, announced_hostname, key_expires_at, confirmed_at, ambiguity_told_at,
            trust_push_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (device_id) DO UPDATE SET network = excluded.network,
            connection_id = excluded.connection_id, key_id = excluded.key_id,
            node_id = excluded.node_id, hostname = excluded.hostname,
            announced_hostname = excluded.announced_hostname,
            key_expires_at = excluded.key_expires_at, confirmed_at = excluded.confirmed_at,
            ambiguity_told_at = excluded.ambiguity_told_at,
            trust_push_at = coalesce(excluded.trust_push_at, network_memberships.trust_push_at),
            created_at = excluded.created_at)sql",
                        membership.device_id, membership.network, membership.connection_id,
                        membership.key_id, membership.node_id, membership.hostname,
                        membership.announced_hostname, membership.key_expires_at,
                        membership.confirmed_at, membership.ambiguity_told_at,
                        membership.trust_push_at, membership.created_at);
}

std::optional<Membership> find_membership(Transaction& transaction, std::string_view device_id) {
    static const std::string sql = std::string(select_membership) + "WHERE device_id = $1";
    const auto row = transaction.one(sql, device_id);
    return row ? std::optional(membership_from(*row)) : std::nullopt;
}

std::optional<Membership> find_membership_of_node(Transaction& transaction,
                                                  const MembershipScope& scope,
                                                  std::string_view node_id,
                                                  const std::optional<std::string>& key_id) {
    const std::string start = std::string(select_membership) + "WHERE ";
    const std::string scoped(in_scope(scope));
    const auto by_node = transaction.one(start + scoped + "AND node_id = $3", scope_id(scope),
                                         scope.network, node_id);
    if (by_node) return membership_from(*by_node);
    if (!key_id) return std::nullopt;
    const auto by_key = transaction.one(start + scoped + "AND key_id = $3 AND node_id IS NULL",
                                        scope_id(scope), scope.network, *key_id);
    return by_key ? std::optional(membership_from(*by_key)) : std::nullopt;
}

std::vector<std::string> list_bound_nodes(Transaction& transaction, const MembershipScope& scope,
                                          std::span<const std::string> node_ids) {
    return list_among(transaction, scope, "node_id", "", node_ids);
}

std::vector<std::string> list_waiting_keys(Transaction& transaction, const MembershipScope& scope,
                                           std::span<const std::string> key_ids) {
    return list_among(transaction, scope, "key_id", "AND node_id IS NULL ", key_ids);
}

void delete_membership(Transaction& transaction, std::string_view device_id,
                       std::string_view target) {
    transaction.enqueue(R"sql(
        DELETE FROM network_memberships
         WHERE device_id = $1 AND (node_id = $2 OR (node_id IS NULL AND key_id = $2)))sql",
                        device_id, target);
}

void forget_membership(Transaction& transaction, std::string_view device_id) {
    transaction.enqueue("DELETE FROM network_memberships WHERE device_id = $1", device_id);
}

std::vector<Membership> list_memberships(Transaction& transaction, const MembershipScope& scope,
                                         std::string_view after_device_id, int limit) {
    const std::string_view after = after_device_id.empty() ? before_all_ids : after_device_id;
    return memberships_from(transaction.all(std::string(select_membership) + "WHERE " +
                                                std::string(in_scope(scope)) +
                                                "AND device_id > $3 ORDER BY device_id LIMIT $4",
                                            scope_id(scope), scope.network, after, limit));
}

std::int64_t count_waiting_for(Transaction& transaction, const MembershipScope& scope,
                               std::string_view announced_hostname) {
    return transaction
        .one("SELECT count(*) FROM network_memberships WHERE " + std::string(in_scope(scope)) +
                 "AND node_id IS NULL AND announced_hostname = $3",
             scope_id(scope), scope.network, announced_hostname)
        ->integer(0);
}

std::int64_t count_memberships(Transaction& transaction, const MembershipScope& scope) {
    return transaction
        .one("SELECT count(*) FROM network_memberships WHERE " + std::string(in_scope(scope)),
             scope_id(scope), scope.network)
        ->integer(0);
}

std::vector<TrustPush> list_trust_pushes(Transaction& transaction, const MembershipScope& scope,
                                         core::Timestamp now, int limit) {
    std::vector<TrustPush> pushes;
    for (const Row& row :
         transaction.all("SELECT m.device_id, m.node_id, d.trust_level, m.trust_push_at "
                         "FROM network_memberships m JOIN devices d ON d.id = m.device_id WHERE " +
                             std::string(in_scope(scope)) +
                             "AND node_id IS NOT NULL AND trust_push_at <= $3 "
                             "ORDER BY trust_push_at, device_id LIMIT $4",
                         scope_id(scope), scope.network, now, limit)) {
        pushes.push_back({row.text(0), row.text(1), row.text(2), row.timestamp(3)});
    }
    return pushes;
}

bool has_trust_pushes(Transaction& transaction, core::Timestamp now) {
    return transaction
        .one("SELECT 1 FROM network_memberships WHERE trust_push_at <= $1 LIMIT 1", now)
        .has_value();
}

void postpone_trust_pushes(Transaction& transaction, const MembershipScope& scope,
                           core::Timestamp now, core::Timestamp next) {
    transaction.enqueue("UPDATE network_memberships SET trust_push_at = $4 WHERE " +
                            std::string(in_scope(scope)) + "AND trust_push_at <= $3",
                        scope_id(scope), scope.network, now, next);
}

void make_trust_pushes_due(Transaction& transaction, const MembershipScope& scope,
                           core::Timestamp now) {
    transaction.enqueue("UPDATE network_memberships SET trust_push_at = $3 WHERE " +
                            std::string(in_scope(scope)) + "AND node_id IS NOT NULL",
                        scope_id(scope), scope.network, now);
}

void note_trust_push(Transaction& transaction, const TrustPush& push, core::Timestamp next) {
    transaction.enqueue(R"sql(
        UPDATE network_memberships SET trust_push_at = $4, trust_pushed = $5
         WHERE device_id = $1 AND node_id = $2 AND trust_push_at = $3)sql",
                        push.device_id, push.node_id, push.due_at, next, push.level);
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
