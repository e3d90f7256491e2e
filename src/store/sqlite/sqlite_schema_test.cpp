// The schema as the contract states it: this table repeats it by hand, so that a change of the SQL
// scripts that clients would notice fails here.
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "store/sqlite/test_sqlite_database.hpp"

namespace muster::store {
namespace {

using Set = std::set<std::string>;

struct Table {
    const char* name;
    std::vector<const char*> columns;  ///< "name TYPE [pk] [not null] [= default]", in order
    Set foreign_keys;                  ///< "column -> table.column ON DELETE action"
    Set indexes;                       ///< "[unique ](columns)[ partial]"
};

std::string column_text(const Row& row) {
    std::string text = row.text(0) + " " + row.text(1);
    if (row.integer(4) > 0) text += " pk";
    if (row.boolean(2)) text += " not null";
    if (!row.is_null(3)) text += " = " + row.text(3);
    return text;
}

Set foreign_keys_of(SqliteDatabase& database, const char* table) {
    Set keys;
    for (const Row& row : database.rows(
             R"sql(SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list($1))sql",
             table)) {
        keys.insert(row.text(0) + " -> " + row.text(1) + "." + row.text(2) + " ON DELETE " +
                    row.text(3));
    }
    return keys;
}

/// Without the primary key's own index.
Set indexes_of(SqliteDatabase& database, const char* table) {
    Set indexes;
    for (const Row& row : database.rows(R"sql(
            SELECT l.name, l."unique", l.partial, group_concat(
                coalesce(x.name, 'expression') || iif(x.desc, ' desc', ''), ', ')
            FROM pragma_index_list($1) l, pragma_index_xinfo(l.name) x
            WHERE l.origin <> 'pk' AND x.key
            GROUP BY l.name)sql",
                                        table)) {
        std::string text = row.boolean(1) ? "unique (" : "(";
        text += row.text(3) + ")";
        if (row.boolean(2)) text += " partial";
        indexes.insert(std::move(text));
    }
    return indexes;
}

const std::vector<Table> expected_tables{
    {"users",
     {"id TEXT pk not null = gen_random_uuid()",
      "email TEXT",
      "encrypted_password TEXT",
      "raw_user_meta_data TEXT = '{}'",
      "raw_app_meta_data TEXT = '{}'",
      "email_confirmed_at TEXT",
      "last_sign_in_at TEXT",
      "banned_until TEXT",
      "created_at TEXT not null = now()",
      "updated_at TEXT not null = now()",
      "invited_at TEXT",
      "phone TEXT",
      "phone_confirmed_at TEXT",
      "confirmation_sent_at TEXT",
      "recovery_sent_at TEXT",
      "email_change TEXT not null = ''",
      "email_change_sent_at TEXT",
      "email_change_confirm_status INTEGER not null = 0",
      "reauthentication_sent_at TEXT",
      "deleted_at TEXT",
      "is_anonymous INTEGER not null = 0"},
     {},
     {"unique (expression)", "unique (phone) partial"}},
    {"organizations",
     {"id TEXT pk not null = gen_random_uuid()", "name TEXT not null", "logo_url TEXT",
      "created_at TEXT not null = now()"},
     {},
     {}},
    {"profiles",
     {"id TEXT pk not null", "organization_id TEXT", "full_name TEXT not null",
      "role TEXT not null = 'user'", "created_at TEXT not null = now()"},
     {"id -> users.id ON DELETE CASCADE", "organization_id -> organizations.id ON DELETE CASCADE"},
     {"(organization_id)"}},
    {"devices",
     {"id TEXT pk not null = gen_random_uuid()",
      "user_id TEXT not null",
      "organization_id TEXT",
      "name TEXT not null",
      "device_type TEXT not null = 'laptop'",
      "os TEXT",
      "fingerprint TEXT",
      "enrollment_token TEXT",
      "enrolled_at TEXT",
      "last_seen TEXT = now()",
      "location TEXT",
      "status TEXT not null = 'pending'",
      "trust_level TEXT not null = 'low'",
      "tailscale_auth_key TEXT",
      "tailscale_hostname TEXT",
      "tailscale_device_id TEXT",
      "tailscale_ip TEXT",
      "enrollment_expires_at TEXT",
      "metadata TEXT = '{}'",
      "created_at TEXT not null = now()"},
     {"user_id -> users.id ON DELETE CASCADE",
      "organization_id -> organizations.id ON DELETE CASCADE"},
     {"unique (fingerprint)", "unique (enrollment_token)", "(enrollment_token) partial",
      "(tailscale_device_id) partial", "(user_id)", "(organization_id, last_seen desc)",
      "(enrollment_expires_at) partial", "(last_seen) partial"}},
    {"device_events",
     {"id TEXT pk not null = gen_random_uuid()", "device_id TEXT not null",
      "event_type TEXT not null", "details TEXT = '{}'", "ip_address TEXT",
      "created_at TEXT not null = now()"},
     {"device_id -> devices.id ON DELETE CASCADE"},
     {"(device_id, created_at desc)"}},
    {"organization_tailscale_config",
     {"id TEXT pk not null = gen_random_uuid()", "organization_id TEXT not null",
      "tailscale_auth_key TEXT not null", "tags TEXT = '[\"tag:prod\"]'", "description TEXT",
      "is_active INTEGER = 1", "created_at TEXT not null = now()", "expires_at TEXT",
      "created_by TEXT"},
     {"organization_id -> organizations.id ON DELETE CASCADE",
      "created_by -> users.id ON DELETE NO ACTION"},
     {"unique (organization_id, tailscale_auth_key)", "(created_by)"}},
    {"audit_logs",
     {"id TEXT pk not null = gen_random_uuid()", "organization_id TEXT", "user_id TEXT",
      "event TEXT not null", "details TEXT = '{}'", "created_at TEXT not null = now()"},
     {"organization_id -> organizations.id ON DELETE SET NULL",
      "user_id -> profiles.id ON DELETE SET NULL"},
     {"(organization_id, created_at desc)", "(user_id)"}},
    {"device_events_archive",
     {"id TEXT pk not null", "device_id TEXT not null", "organization_id TEXT",
      "user_id TEXT not null", "device_name TEXT not null", "event_type TEXT not null",
      "details TEXT", "ip_address TEXT", "created_at TEXT not null",
      "archived_at TEXT not null = now()"},
     {},
     {"(device_id, created_at desc)", "(organization_id, created_at desc)"}},
    {"sessions",
     {"id TEXT pk not null = gen_random_uuid()", "user_id TEXT not null",
      "refresh_key TEXT not null", "refresh_counter INTEGER not null = 0", "refreshed_at TEXT",
      "created_at TEXT not null = now()", "not_after TEXT", "user_agent TEXT", "ip_address TEXT",
      "aal TEXT not null = 'aal1'", "amr TEXT not null = '[]'", "factor_id TEXT"},
     {"user_id -> users.id ON DELETE CASCADE"},
     {"(user_id)"}},
    {"one_time_tokens",
     {"id TEXT pk not null = gen_random_uuid()", "user_id TEXT not null", "kind TEXT not null",
      "address TEXT not null", "link_digest TEXT not null", "sealed_code TEXT not null",
      "attempts INTEGER not null = 0", "code_challenge TEXT", "code_challenge_method TEXT",
      "created_at TEXT not null = now()", "expires_at TEXT not null"},
     {"user_id -> users.id ON DELETE CASCADE"},
     {"unique (link_digest)", "unique (user_id, kind)", "(address)"}},
    {"flow_states",
     {"id TEXT pk not null = gen_random_uuid()", "user_id TEXT not null",
      "code_digest TEXT not null", "authentication_method TEXT not null",
      "code_challenge TEXT not null", "code_challenge_method TEXT not null",
      "created_at TEXT not null = now()", "expires_at TEXT not null"},
     {"user_id -> users.id ON DELETE CASCADE"},
     {"unique (code_digest)", "(user_id)", "(expires_at)"}},
    {"mfa_factors",
     {"id TEXT pk not null = gen_random_uuid()", "user_id TEXT not null",
      "friendly_name TEXT not null = ''", "factor_type TEXT not null = 'totp'",
      "status TEXT not null = 'unverified'", "secret TEXT not null",
      "last_used_step INTEGER not null = 0", "created_at TEXT not null = now()",
      "updated_at TEXT not null = now()", "last_challenged_at TEXT"},
     {"user_id -> users.id ON DELETE CASCADE"},
     {"unique (user_id, friendly_name)"}},
    {"mfa_challenges",
     {"id TEXT pk not null = gen_random_uuid()", "factor_id TEXT not null",
      "created_at TEXT not null = now()", "expires_at TEXT not null", "ip_address TEXT"},
     {"factor_id -> mfa_factors.id ON DELETE CASCADE"},
     {"(factor_id, created_at desc)"}},
    {"signing_keys",
     {"id TEXT pk not null", "algorithm TEXT not null", "private_key TEXT not null",
      "created_at TEXT not null = now()", "retired_at TEXT"},
     {},
     {}},
    {"api_keys",
     {"id TEXT pk not null = gen_random_uuid()", "role TEXT not null", "key_digest TEXT not null",
      "sealed_key TEXT not null", "created_at TEXT not null = now()", "revoked_at TEXT",
      "kind TEXT not null = 'jwt'"},
     {},
     {"unique (key_digest)"}},
    {"spent_tokens",
     {"token_digest TEXT pk not null", "device_id TEXT not null", "spent_at TEXT not null = now()",
      "expires_at TEXT not null"},
     {"device_id -> devices.id ON DELETE CASCADE"},
     {"(device_id)", "(expires_at)"}},
    {"trust_evidence",
     {"device_id TEXT pk not null", "kind TEXT pk not null", "provenance TEXT not null",
      "observed_at TEXT not null", "source TEXT not null"},
     {"device_id -> devices.id ON DELETE CASCADE"},
     {}},
    {"trust_pins",
     {"device_id TEXT pk not null", "level TEXT not null", "pinned_by TEXT not null",
      "reason TEXT not null", "pinned_at TEXT not null = now()"},
     {"device_id -> devices.id ON DELETE CASCADE"},
     {}},
    {"trust_policies",
     {"organization_id TEXT pk not null", "inactive_after_seconds INTEGER not null"},
     {"organization_id -> organizations.id ON DELETE CASCADE"},
     {}},
    {"column_types",
     {"table_name TEXT pk not null", "column_name TEXT pk not null", "type TEXT not null",
      "secrecy TEXT not null = 'none'"},
     {},
     {}},
    {"network_memberships",
     {"device_id TEXT pk not null", "network TEXT not null", "key_id TEXT", "node_id TEXT",
      "hostname TEXT", "key_expires_at TEXT", "confirmed_at TEXT",
      "created_at TEXT not null = now()", "connection_id TEXT", "announced_hostname TEXT",
      "ambiguity_told_at TEXT", "trust_push_at TEXT", "trust_pushed TEXT"},
     {"device_id -> devices.id ON DELETE CASCADE",
      "connection_id -> network_connections.id ON DELETE NO ACTION"},
     {"(node_id) partial", "(key_id) partial", "(connection_id, device_id)",
      "(trust_push_at) partial", "(announced_hostname, network) partial"}},
    {"network_connections",
     {"id TEXT pk not null = gen_random_uuid()", "organization_id TEXT", "name TEXT not null",
      "network TEXT not null", "base_url TEXT not null = ''", "settings TEXT not null = '{}'",
      "credential TEXT not null", "webhook_secret TEXT", "is_default INTEGER not null = 0",
      "event_cursor TEXT", "created_by TEXT not null", "created_at TEXT not null = now()",
      "updated_at TEXT not null = now()"},
     {"organization_id -> organizations.id ON DELETE SET NULL"},
     {"unique (organization_id, name)", "unique (organization_id) partial"}},
    {"network_jobs",
     {"id TEXT pk not null = gen_random_uuid()", "device_id TEXT not null", "organization_id TEXT",
      "network TEXT not null", "kind TEXT not null", "target TEXT not null",
      "state TEXT not null = 'waiting'", "attempts INTEGER not null = 0",
      "next_attempt_at TEXT not null = now()", "last_error TEXT",
      "created_at TEXT not null = now()", "finished_at TEXT", "connection_id TEXT"},
     {},
     {"(next_attempt_at) partial", "(device_id)"}},
    {"schema_migrations",
     {"name TEXT pk not null", "checksum TEXT not null", "applied_at TEXT not null = now()"},
     {},
     {}},
};

TEST(SqliteSchema, TablesAreTheContracts) {
    SqliteDatabase database;
    for (const Table& table : expected_tables) {
        SCOPED_TRACE(table.name);
        std::vector<std::string> columns;
        for (const Row& row : database.rows(
                 R"sql(SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info($1))sql",
                 table.name)) {
            columns.push_back(column_text(row));
        }
        EXPECT_EQ(columns, std::vector<std::string>(table.columns.begin(), table.columns.end()));
        EXPECT_EQ(foreign_keys_of(database, table.name), table.foreign_keys);
        EXPECT_EQ(indexes_of(database, table.name), table.indexes);
    }
}

TEST(SqliteSchema, NoTableIsUnknownToThisTestOrNotStrict) {
    SqliteDatabase database;
    Set expected;
    for (const Table& table : expected_tables) expected.insert(table.name);
    Set found;
    for (const Row& row : database.rows(R"sql(
             SELECT name, strict FROM pragma_table_list
             WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%')sql")) {
        EXPECT_TRUE(row.boolean(1)) << row.text(0);
        found.insert(row.text(0));
    }
    EXPECT_EQ(found, expected);
}

TEST(SqliteSchema, PublishedIndexesHaveTheirNames) {
    SqliteDatabase database;
    for (const auto& [name, condition] : std::map<std::string, std::string>{
             {"idx_devices_enrollment_token", "WHERE enrollment_token IS NOT NULL"},
             {"idx_devices_tailscale_device_id", "WHERE tailscale_device_id IS NOT NULL"}}) {
        const auto rows = database.rows("SELECT sql FROM sqlite_schema WHERE name = $1", name);
        ASSERT_EQ(rows.size(), 1U) << name;
        EXPECT_NE(rows[0].text(0).find(condition), std::string::npos) << rows[0].text(0);
    }
}

TEST(SqliteSchema, QueriesUseTheirIndexes) {
    SqliteDatabase database;
    const struct {
        const char* sql;
        const char* index;
    } cases[] = {
        {"SELECT * FROM devices WHERE enrollment_token = $1", "enrollment_token=?"},
        {"SELECT * FROM devices WHERE fingerprint = $1", "fingerprint=?"},
        {"SELECT * FROM devices WHERE tailscale_device_id = $1", "idx_devices_tailscale_device_id"},
        {"SELECT * FROM devices WHERE organization_id = $1 ORDER BY last_seen DESC LIMIT 50",
         "idx_devices_organization_last_seen"},
        {"SELECT * FROM devices WHERE status = 'pending' AND enrollment_expires_at < $1",
         "idx_devices_pending_expiry"},
        {"SELECT * FROM devices WHERE status = 'active' AND last_seen < $1",
         "idx_devices_active_last_seen"},
        {"SELECT * FROM device_events WHERE device_id = $1 ORDER BY created_at DESC",
         "idx_device_events_device_created"},
        {"SELECT * FROM audit_logs WHERE organization_id = $1 ORDER BY created_at DESC",
         "idx_audit_logs_organization_created"},
        {"SELECT * FROM network_jobs WHERE state = 'waiting' AND next_attempt_at <= $1 "
         "ORDER BY next_attempt_at",
         "idx_network_jobs_waiting"},
        {"SELECT * FROM users WHERE lower(email) = lower($1)", "users_email_key"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.sql);
        std::string plan;
        for (const Row& row : database.rows("EXPLAIN QUERY PLAN " + std::string(c.sql), "x")) {
            plan += row.text(3) + "\n";
        }
        EXPECT_NE(plan.find(c.index), std::string::npos) << plan;
        EXPECT_EQ(plan.find("SCAN"), std::string::npos) << plan;
        EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
    }
}

}  // namespace
}  // namespace muster::store
