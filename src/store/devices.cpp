// The SQL of table `devices` and of trust_evidence, trust_pins, trust_policies.
// SPDX-License-Identifier: Apache-2.0
#include "store/devices.hpp"

#include <unordered_map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace muster::store {

namespace {

using core::Device;
using core::TrackedDevice;

constexpr std::string_view select_stored = R"sql(
    SELECT d.id, d.user_id, d.organization_id, d.name, d.device_type, d.os, d.fingerprint,
           d.enrollment_token, d.enrolled_at, d.last_seen, d.location, d.status, d.trust_level,
           d.tailscale_auth_key, d.tailscale_hostname, d.tailscale_device_id, d.tailscale_ip,
           d.enrollment_expires_at, d.metadata, d.created_at,
           p.level, p.pinned_by, p.reason, p.pinned_at, t.inactive_after_seconds
      FROM devices d
      LEFT JOIN trust_pins p ON p.device_id = d.id
      LEFT JOIN trust_policies t ON t.organization_id = d.organization_id )sql";

template <class T>
T expect(std::optional<T> value, const Row& row, std::string_view column) {
    if (!value) {
        throw StoreError("devices: bad " + std::string(column) + " in row " + row.text(0));
    }
    return std::move(*value);
}

boost::json::object metadata_of(const Row& row) {
    if (row.is_null(18)) return {};
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(row.text(18), error);
    if (error || !value.is_object()) throw StoreError("devices: bad metadata in " + row.text(0));
    return value.get_object();
}

Device device_from(const Row& row) {
    Device device;
    device.id = row.text(0);
    device.user_id = row.text(1);
    device.organization_id = row.optional_text(2);
    device.name = row.text(3);
    device.device_type = row.text(4);
    device.os = row.optional_text(5);
    device.fingerprint = row.optional_text(6);
    device.enrollment_token = row.optional_text(7);
    device.enrolled_at = row.optional_timestamp(8);
    device.last_seen = row.optional_timestamp(9);
    device.location = row.optional_text(10);
    device.status = expect(core::parse_device_status(row.text(11)), row, "status");
    device.trust_level = expect(core::parse_trust_level(row.text(12)), row, "trust_level");
    device.tailscale_auth_key = row.optional_text(13);
    device.tailscale_hostname = row.optional_text(14);
    device.tailscale_device_id = row.optional_text(15);
    device.tailscale_ip = row.optional_text(16);
    device.enrollment_expires_at = row.optional_timestamp(17);
    device.metadata = metadata_of(row);
    device.created_at = row.timestamp(19);
    return device;
}

/// A row of device, kind, provenance, time, source.
core::Evidence evidence_from(const Row& row) {
    return {expect(core::parse_evidence_kind(row.text(1)), row, "evidence"),
            expect(core::parse_provenance(row.text(2)), row, "provenance"), row.timestamp(3),
            row.text(4)};
}

std::vector<core::Evidence> list_evidence(Transaction& transaction, const Row& device) {
    std::vector<core::Evidence> evidence;
    for (const Row& row : transaction.all(R"sql(
             SELECT device_id, kind, provenance, observed_at, source
               FROM trust_evidence WHERE device_id = $1)sql",
                                          device.text(0))) {
        evidence.push_back(evidence_from(row));
    }
    return evidence;
}

/// Without its evidence.
StoredDevice stored_without_evidence(const Row& row) {
    StoredDevice stored;
    stored.tracked.device = device_from(row);
    if (!row.is_null(20)) {
        stored.tracked.trust.pin =
            core::TrustPin{expect(core::parse_trust_level(row.text(20)), row, "pin"), row.text(21),
                           row.text(22), row.timestamp(23)};
    }
    if (!row.is_null(24)) {
        stored.own_policy = core::TrustPolicy{std::chrono::seconds(row.integer(24))};
    }
    return stored;
}

std::optional<StoredDevice> stored_from(Transaction& transaction, const std::optional<Row>& row) {
    if (!row) return std::nullopt;
    StoredDevice stored = stored_without_evidence(*row);
    stored.tracked.trust.evidence = list_evidence(transaction, *row);
    return stored;
}

void save_evidence(Transaction& transaction, std::string_view device_id,
                   const core::TrustRecord& before, const core::TrustRecord& after) {
    for (const core::Evidence& evidence : after.evidence) {
        const core::Evidence* const was = core::find_evidence(before, evidence.kind);
        if (was && was->observed_at == evidence.observed_at && was->source == evidence.source) {
            continue;
        }
        transaction.enqueue(R"sql(
            INSERT INTO trust_evidence (device_id, kind, provenance, observed_at, source)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (device_id, kind) DO UPDATE SET provenance = excluded.provenance,
                observed_at = excluded.observed_at, source = excluded.source)sql",
                            device_id, to_text(evidence.kind), to_text(evidence.provenance),
                            evidence.observed_at, evidence.source);
    }
    for (const core::Evidence& evidence : before.evidence) {
        if (core::find_evidence(after, evidence.kind)) continue;
        transaction.enqueue("DELETE FROM trust_evidence WHERE device_id = $1 AND kind = $2",
                            device_id, to_text(evidence.kind));
    }
}

void save_pin(Transaction& transaction, std::string_view device_id, const core::TrustRecord& before,
              const core::TrustRecord& after) {
    if (before.pin && !after.pin) {
        transaction.enqueue("DELETE FROM trust_pins WHERE device_id = $1", device_id);
    }
    if (!after.pin || (before.pin && before.pin->pinned_at == after.pin->pinned_at)) return;
    transaction.enqueue(R"sql(
        INSERT INTO trust_pins (device_id, level, pinned_by, reason, pinned_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (device_id) DO UPDATE SET level = excluded.level,
            pinned_by = excluded.pinned_by, reason = excluded.reason,
            pinned_at = excluded.pinned_at)sql",
                        device_id, to_text(after.pin->level), after.pin->pinned_by,
                        after.pin->reason, after.pin->pinned_at);
}

/// Of network_memberships as m; $1 to $4 are the scope's, then the ids between which.
std::string member_condition(const MembershipScope& scope) {
    return "WHERE m." + std::string(in_scope(scope)) + "AND m.device_id > $3 AND m.device_id <= $4";
}

std::vector<std::string> ids_of(const std::vector<Row>& rows) {
    std::vector<std::string> ids;
    ids.reserve(rows.size());
    for (const Row& row : rows) ids.push_back(row.text(0));
    return ids;
}

/// Two statements, because PostgreSQL has no index for the OR of both. `whose` may use $3.
template <class... Scope>
void add_silent(Transaction& transaction, std::vector<std::string>& ids, const std::string& whose,
                core::Timestamp since, int limit, const Scope&... scope) {
    for (const char* const silent :
         {"d.last_seen < $1", "d.last_seen IS NULL AND d.created_at < $1"}) {
        const std::vector<std::string> found = ids_of(transaction.all(
            "SELECT d.id FROM devices d " + whose + " AND d.status = 'active' AND " + silent +
                " ORDER BY d.last_seen, d.id LIMIT $2",
            since, limit, scope...));
        ids.insert(ids.end(), found.begin(), found.end());
    }
}

}  // namespace

std::optional<StoredDevice> find_device(Transaction& transaction, std::string_view id) {
    static const std::string sql = std::string(select_stored) + "WHERE d.id = $1";
    return stored_from(transaction, transaction.one(sql, id));
}

std::optional<StoredDevice> find_device_by_token(Transaction& transaction,
                                                 std::string_view digest) {
    static const std::string sql = std::string(select_stored) + "WHERE d.enrollment_token = $1";
    return stored_from(transaction, transaction.one(sql, digest));
}

std::optional<StoredDevice> find_device_by_fingerprint(Transaction& transaction,
                                                       std::string_view fingerprint) {
    static const std::string sql = std::string(select_stored) + "WHERE d.fingerprint = $1";
    return stored_from(transaction, transaction.one(sql, fingerprint));
}

std::vector<StoredDevice> list_members_devices(Transaction& transaction,
                                               const MembershipScope& scope,
                                               std::string_view after_id,
                                               std::string_view last_id) {
    const std::string members = member_condition(scope);
    const std::string_view id = scope_id(scope);
    const std::string_view after = after_id.empty() ? before_all_ids : after_id;
    std::unordered_map<std::string, std::vector<core::Evidence>> evidence;
    for (const Row& row : transaction.all(
             "SELECT e.device_id, e.kind, e.provenance, e.observed_at, e.source "
             "FROM network_memberships m JOIN trust_evidence e ON e.device_id = m.device_id " +
                 members,
             id, scope.network, after, last_id)) {
        evidence[row.text(0)].push_back(evidence_from(row));
    }
    std::vector<StoredDevice> devices;
    for (const Row& row :
         transaction.all(std::string(select_stored) +
                             "JOIN network_memberships m ON m.device_id = d.id " + members,
                         id, scope.network, after, last_id)) {
        StoredDevice stored = stored_without_evidence(row);
        stored.tracked.trust.evidence = std::move(evidence[row.text(0)]);
        devices.push_back(std::move(stored));
    }
    return devices;
}

void insert_device(Transaction& transaction, const TrackedDevice& tracked) {
    const Device& device = tracked.device;
    transaction.enqueue(R"sql(
        INSERT INTO devices (id, user_id, organization_id, name, device_type, os, fingerprint,
            enrollment_token, enrolled_at, last_seen, status, trust_level, tailscale_auth_key,
            enrollment_expires_at, metadata, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16))sql",
                        device.id, device.user_id, device.organization_id, device.name,
                        device.device_type, device.os, device.fingerprint, device.enrollment_token,
                        device.enrolled_at, device.last_seen, to_text(device.status),
                        to_text(device.trust_level), device.tailscale_auth_key,
                        device.enrollment_expires_at, boost::json::serialize(device.metadata),
                        device.created_at);
    save_evidence(transaction, device.id, {}, tracked.trust);
}

core::Result<void> save_device(Transaction& transaction, const TrackedDevice& before,
                               const TrackedDevice& after) {
    const Device& was = before.device;
    const Device& device = after.device;
    const std::int64_t changed = transaction.execute(
        R"sql(
        UPDATE devices
           SET name = $5, device_type = $6, os = $7, fingerprint = $8, enrollment_token = $9,
               enrolled_at = $10, last_seen = $11, location = $12, status = $13,
               trust_level = $14, tailscale_auth_key = $15, tailscale_hostname = $16,
               tailscale_device_id = $17, tailscale_ip = $18, enrollment_expires_at = $19,
               metadata = $20
         WHERE id = $1 AND status = $2 AND enrollment_token IS NOT DISTINCT FROM $3
           AND fingerprint IS NOT DISTINCT FROM $4)sql",
        was.id, to_text(was.status), was.enrollment_token, was.fingerprint, device.name,
        device.device_type, device.os, device.fingerprint, device.enrollment_token,
        device.enrolled_at, device.last_seen, device.location, to_text(device.status),
        to_text(device.trust_level), device.tailscale_auth_key, device.tailscale_hostname,
        device.tailscale_device_id, device.tailscale_ip, device.enrollment_expires_at,
        boost::json::serialize(device.metadata));
    if (changed == 0) return core::fail(core::Code::conflict);
    save_evidence(transaction, was.id, before.trust, after.trust);
    save_pin(transaction, was.id, before.trust, after.trust);
    return {};
}

bool save_network_key(Transaction& transaction, std::string_view device_id,
                      std::string_view sealed_key) {
    return transaction.execute(R"sql(
        UPDATE devices SET tailscale_auth_key = $2
         WHERE id = $1 AND status = 'pending' AND tailscale_auth_key IS NULL)sql",
                               device_id, sealed_key) > 0;
}

bool delete_device(Transaction& transaction, std::string_view id) {
    return transaction.execute("DELETE FROM devices WHERE id = $1", id) > 0;
}

void delete_devices_of(Transaction& transaction, std::string_view user_id) {
    transaction.enqueue("DELETE FROM devices WHERE user_id = $1", user_id);
}

std::vector<std::string> list_expired_tokens(Transaction& transaction, core::Timestamp now,
                                             int limit) {
    return ids_of(transaction.all(R"sql(
        SELECT id FROM devices
         WHERE status = 'pending' AND enrollment_token IS NOT NULL AND enrollment_expires_at <= $1
         ORDER BY enrollment_expires_at, id LIMIT $2)sql",
                                  now, limit));
}

std::vector<std::string> list_silent_devices(Transaction& transaction, core::Timestamp now,
                                             const core::TrustPolicy& standard, int limit) {
    // Policies are few: the limit of each is worked out here, not in SQL's two date dialects.
    std::vector<std::string> ids;
    add_silent(transaction, ids,
               "LEFT JOIN trust_policies t ON t.organization_id = d.organization_id "
               "WHERE t.organization_id IS NULL",
               now - standard.inactive_after, limit);
    for (const Row& policy :
         transaction.all("SELECT organization_id, inactive_after_seconds FROM trust_policies "
                         "ORDER BY organization_id")) {
        add_silent(transaction, ids, "WHERE d.organization_id = $3",
                   now - std::chrono::seconds(policy.integer(1)), limit, policy.text(0));
    }
    return ids;
}

void save_policy(Transaction& transaction, std::string_view organization_id,
                 const core::TrustPolicy& policy) {
    transaction.enqueue(R"sql(
        INSERT INTO trust_policies (organization_id, inactive_after_seconds) VALUES ($1, $2)
        ON CONFLICT (organization_id)
        DO UPDATE SET inactive_after_seconds = excluded.inactive_after_seconds)sql",
                        organization_id, policy.inactive_after.count());
}

}  // namespace muster::store
