// What the schema refuses, whatever code path writes.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "store/test_database.hpp"

namespace muster::store {
namespace {

using core::Code;

const struct {
    const char* name;
    const char* sql;
    std::optional<Code> refusal;
    bool is_sqlites = false;  ///< of values that PostgreSQL's types take
} value_cases[] = {
    {"plain", "UPDATE devices SET name = 'two'", std::nullopt},
    {"any device type", "UPDATE devices SET device_type = 'toaster'", std::nullopt},
    {"status", "UPDATE devices SET status = 'lost'", Code::invalid_value},
    {"trust level", "UPDATE devices SET trust_level = 'highest'", Code::invalid_value},
    {"name missing", "UPDATE devices SET name = NULL", Code::invalid_value},
    {"canonical time", "UPDATE devices SET last_seen = now()", std::nullopt},
    {"no time", "UPDATE devices SET last_seen = NULL", std::nullopt},
    {"another form of time", "UPDATE devices SET last_seen = '2026-11-23T10:00:00Z'",
     Code::invalid_value, true},
    {"no time at all", "UPDATE devices SET last_seen = 'soon'", Code::invalid_value},
    {"metadata null", "UPDATE devices SET metadata = NULL", std::nullopt},
    {"metadata object", "UPDATE devices SET metadata = '{\"a\": [1]}'", std::nullopt},
    {"metadata array", "UPDATE devices SET metadata = '[]'", Code::invalid_value},
    {"metadata broken", "UPDATE devices SET metadata = '{'", Code::invalid_value},
    {"a number as text", "UPDATE devices SET name = x'00'", Code::invalid_value, true},
    {"id in capitals",
     "INSERT INTO organizations (id, name) VALUES (upper('"
     "0000000a-0000-7000-8000-000000000001'), 'x')",
     Code::invalid_value, true},
    {"id too short", "INSERT INTO organizations (id, name) VALUES ('1', 'x')", Code::invalid_value},
    {"id by default", "INSERT INTO organizations (name) VALUES ('x')", std::nullopt},
    {"email in capitals", "INSERT INTO users (email) VALUES ('ANA@Example.org')", Code::conflict},
    {"unknown owner", "UPDATE devices SET user_id = '00000000-0000-7000-8000-0000000000ff'",
     Code::conflict},
    {"tags object",
     "INSERT INTO organization_tailscale_config (organization_id, tailscale_auth_key, tags) "
     "SELECT id, 'k', '{}' FROM organizations LIMIT 1",
     Code::invalid_value, true},
    {"tags that are none",
     "INSERT INTO organization_tailscale_config (organization_id, tailscale_auth_key, tags) "
     "SELECT id, 'k', 'x' FROM organizations LIMIT 1",
     Code::invalid_value},
    {"role", "INSERT INTO profiles (id, full_name, role) SELECT id, 'x', 'root' FROM users",
     Code::invalid_value},
    {"policy of nothing", "INSERT INTO trust_policies SELECT id, 0 FROM organizations LIMIT 1",
     Code::invalid_value},
    {"kind of job",
     "INSERT INTO network_jobs (device_id, network, kind, target) VALUES (gen_random_uuid(), 'n', "
     "'x', 't')",
     Code::invalid_value},
    {"network of a connection",
     "INSERT INTO network_connections (name, network, credential, created_by) "
     "VALUES ('n', 'x', 'c', 'b')",
     Code::invalid_value},
    {"role of a key",
     "INSERT INTO api_keys (role, key_digest, sealed_key) VALUES ('server', 'd', 's')",
     Code::invalid_value},
};

TEST(Schema, ValuesThatAreRefused) {
    TestDatabase database;
    const std::string id = "00000000-0000-7000-8000-000000000001";
    database.sql("INSERT INTO users (id, email) VALUES ($1, 'ana@example.org')", id);
    database.sql("INSERT INTO organizations (id, name) VALUES ($1, 'One')", id);
    database.sql("INSERT INTO devices (id, user_id, name) VALUES ($1, $2, 'one')", id, id);
    for (const auto& c : value_cases) {
        if (tests_use_postgres() && c.is_sqlites) continue;
        SCOPED_TRACE(c.name);
        EXPECT_EQ(database.refusal_of(Actor{}, c.sql), c.refusal);
    }
}

TEST(Schema, EveryProfileIsARowOfUserRoles) {
    TestDatabase database;
    const std::string id = "00000000-0000-7000-8000-000000000001";
    database.sql("INSERT INTO users (id) VALUES ($1)", id);
    database.sql("INSERT INTO profiles (id, full_name) VALUES ($1, 'Ana')", id);
    const auto rows = database.rows("SELECT id, user_id, role, created_at FROM user_roles");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].text(1), id);
    EXPECT_EQ(rows[0].text(2), "user");
    EXPECT_EQ(rows[0].timestamp(3), database.clock.now());
}

}  // namespace
}  // namespace muster::store
