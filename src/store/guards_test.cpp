// The guards, a row for each role and change; and that history outlives a device through each door.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/sqlite/test_database.hpp"

namespace muster::store {
namespace {

using core::Code;

constexpr const char* anas_org = "00000000-0000-7000-8000-00000000000a";
constexpr const char* other_org = "00000000-0000-7000-8000-00000000000b";
constexpr const char* ana = "00000000-0000-7000-8000-000000000001";       // user in anas_org
constexpr const char* admin = "00000000-0000-7000-8000-000000000002";     // org_admin of anas_org
constexpr const char* stranger = "00000000-0000-7000-8000-000000000003";  // org_admin of other_org
constexpr const char* root = "00000000-0000-7000-8000-000000000004";      // global_admin, anas_org
constexpr const char* helper = "00000000-0000-7000-8000-000000000005";    // support in anas_org
constexpr const char* device = "00000000-0000-7000-8000-0000000000d1";    // Ana's, active, medium
constexpr const char* revoked = "00000000-0000-7000-8000-0000000000d2";   // Ana's, revoked
constexpr const char* bare = "00000000-0000-7000-8000-0000000000d3";      // Ana's, no history yet

/// Two organisations, five people, two devices with a full set of rows around the first.
class Guards : public testing::Test {
protected:
    Guards() {
        for (const auto& [id, name] : {std::pair{anas_org, "One"}, {other_org, "Two"}}) {
            database.sql("INSERT INTO organizations (id, name) VALUES ($1, $2)", id, name);
        }
        add_person(ana, anas_org, "user");
        add_person(admin, anas_org, "org_admin");
        add_person(stranger, other_org, "org_admin");
        add_person(root, anas_org, "global_admin");
        add_person(helper, anas_org, "support");
        add_device(device, "active", "medium");
        add_device(revoked, "revoked", "low");
        add_company(device);
        database.sql(
            "INSERT INTO devices (id, user_id, organization_id, name) VALUES ($1, $2, $3, 'x')",
            bare, ana, anas_org);
    }
    void add_person(const char* id, const char* organization, const char* role) {
        database.sql("INSERT INTO users (id, email) VALUES ($1, $1)", id);
        database.sql(
            "INSERT INTO profiles (id, organization_id, full_name, role) VALUES ($1, $2, $3, $3)",
            id, organization, role);
    }
    void add_device(const char* id, const char* status, const char* trust) {
        database.sql(R"sql(
            INSERT INTO devices (id, user_id, organization_id, name, fingerprint, status,
                trust_level, enrolled_at, tailscale_ip)
            VALUES ($1, $2, $3, 'laptop', $1, $4, $5, now(), '100.64.0.1'))sql",
                     id, ana, anas_org, status, trust);
        for (const char* type : {"enrolled", "trust_level_changed"}) {
            database.sql(
                "INSERT INTO device_events (device_id, event_type, details, ip_address) "
                "VALUES ($1, $2, '{\"method\":\"silent\"}', '192.0.2.1')",
                id, type);
        }
    }
    void add_company(const char* id) {
        database.sql(
            "INSERT INTO network_memberships (device_id, network, key_id, node_id) "
            "VALUES ($1, 'simulated', 'key-1', 'node-1')",
            id);
        database.sql(
            "INSERT INTO trust_evidence VALUES ($1, 'fingerprint', 'claimed', now(), 'verify')",
            id);
        database.sql(
            "INSERT INTO trust_pins (device_id, level, pinned_by, reason) "
            "VALUES ($1, 'medium', $2, 'seen')",
            id, admin);
        database.sql(
            "INSERT INTO spent_tokens (token_digest, device_id, expires_at) VALUES ($1, $1, now())",
            id);
        database.sql(
            "INSERT INTO audit_logs (organization_id, user_id, event) VALUES ($1, $2, 'enrolled')",
            anas_org, ana);
        database.sql("INSERT INTO sessions (user_id, refresh_key) VALUES ($1, 'sealed')", ana);
        database.sql(
            "INSERT INTO api_keys (role, key_digest, sealed_key) VALUES ('anon', 'd', 's')");
        database.sql(
            "INSERT INTO signing_keys (id, algorithm, private_key) VALUES ('k', 'ES256', 's')");
        database.sql(
            "INSERT INTO network_jobs (device_id, network, kind, target) "
            "VALUES ('d', 'simulated', 'revoke_key', 'key-0')");
    }
    static Actor as(const char* user) { return Actor{"authenticated", user}; }
    static Actor server() { return Actor{}; }
    static Actor service() { return Actor{"service_role", ""}; }
    static Actor anon() { return Actor{"anon", ""}; }

    /// What `actor` is refused with; nothing if it may. Nothing is kept, so rows are independent.
    std::optional<Code> outcome(const Actor& actor, const std::string& sql) {
        const auto tried = database.store().write_now([&](Transaction& tx) -> core::Result<int> {
            tx.act_as(actor);
            tx.execute(sql);
            return core::fail(Code::internal);
        });
        if (tried.error().code == Code::internal) return std::nullopt;
        return tried.error().code;
    }
    void expect(bool allowed, const Actor& actor, const std::string& sql) {
        const auto refused = outcome(actor, sql);
        if (allowed) {
            EXPECT_FALSE(refused.has_value()) << core::word_of(refused.value_or(Code::internal));
        } else {
            EXPECT_EQ(refused, Code::permission_denied);
        }
    }

    TestDatabase database;
};

/// One change of one row, tried by several.
struct Change {
    const char* name;
    const char* target;  ///< a device's or a person's id
    const char* set;
    // Is it allowed? `ana` stands for everybody who is no admin.
    bool ana, admin, stranger, root, service;
};

const Change device_changes[] = {
    //                                              ana    admin stranger root service
    {"name", device, "name = 'x'", true, true, true, true, true},
    {"what it is used for", device, "os = 'x', location = 'y', last_seen = now()", true, true, true,
     true, true},
    {"enrol again as old clients do", device,
     "status = 'pending', trust_level = 'low', enrollment_token = 't'", true, true, true, true,
     true},
    {"trust lower", device, "trust_level = 'low'", true, true, true, true, true},
    {"trust unchanged", device, "trust_level = 'medium'", true, true, true, true, true},
    {"trust higher", device, "trust_level = 'high'", false, true, false, true, true},
    {"trust of a revoked one", revoked, "trust_level = 'medium'", false, true, false, true, true},
    {"status unchanged", device, "status = 'active'", true, true, true, true, true},
    {"to inactive", device, "status = 'inactive'", true, true, true, true, true},
    {"to revoked", device, "status = 'revoked'", false, true, false, true, true},
    {"pending to active", bare, "status = 'active'", false, true, false, true, true},
    {"revoked stays", revoked, "status = 'revoked'", true, true, true, true, true},
    {"revoked to pending", revoked, "status = 'pending'", false, true, false, true, true},
    {"revoked to inactive", revoked, "status = 'inactive'", false, true, false, true, true},
    {"revoked to active", revoked, "status = 'active'", false, true, false, true, true},
    {"another owner", device, "user_id = '00000000-0000-7000-8000-000000000002'", false, true,
     false, true, true},
    {"another organisation", device, "organization_id = '00000000-0000-7000-8000-00000000000b'",
     false, false, false, true, true},
    {"no organisation", device, "organization_id = NULL", false, false, false, true, true},
    {"fingerprint", device, "fingerprint = 'x'", false, true, false, true, true},
    {"no fingerprint", device, "fingerprint = NULL", false, true, false, true, true},
    {"a first fingerprint", bare, "fingerprint = 'x'", false, true, false, true, true},
    {"id", bare, "id = '00000000-0000-7000-8000-0000000000d4'", false, true, false, true, true},
    {"enrolled_at", device, "enrolled_at = NULL", false, true, false, true, true},
    {"created_at", device, "created_at = '2020-01-01T00:00:00.000000+00:00'", false, true, false,
     true, true},
    {"auth key", device, "tailscale_auth_key = 'x'", false, true, false, true, true},
    {"hostname", device, "tailscale_hostname = 'x'", false, true, false, true, true},
    {"node", device, "tailscale_device_id = 'x'", false, true, false, true, true},
    {"address", device, "tailscale_ip = NULL", false, true, false, true, true},
};

const Change profile_changes[] = {
    {"own name", ana, "full_name = 'x'", true, true, true, true, true},
    {"up", ana, "role = 'support'", false, true, false, true, true},
    {"up to org_admin", ana, "role = 'org_admin'", false, true, false, true, true},
    {"up to global_admin", ana, "role = 'global_admin'", false, false, false, true, true},
    {"down", helper, "role = 'user'", false, true, false, true, true},
    {"role unchanged", ana, "role = 'user', full_name = 'x'", true, true, true, true, true},
    {"an org_admin up", admin, "role = 'global_admin'", false, false, false, true, true},
    {"the admin of another up", stranger, "role = 'global_admin'", false, false, false, true, true},
    {"a global_admin down", root, "role = 'user'", false, false, false, true, true},
    {"to another organisation", ana, "organization_id = '00000000-0000-7000-8000-00000000000b'",
     false, false, false, true, true},
    {"out of the organisation", ana, "organization_id = NULL", false, false, false, true, true},
    {"from another organisation", stranger,
     "organization_id = '00000000-0000-7000-8000-00000000000a'", false, false, false, true, true},
    {"id", helper, "id = '00000000-0000-7000-8000-000000000009'", false, false, false, false, true},
};

TEST_F(Guards, WhoMayChangeWhatOfADevice) {
    for (const Change& c : device_changes) {
        for (const char* verb : {"UPDATE", "UPDATE OR IGNORE", "UPDATE OR REPLACE"}) {
            SCOPED_TRACE(std::string(c.name) + ", " + verb);
            const auto sql =
                fmt::format("{} devices SET {} WHERE id = '{}'", verb, c.set, c.target);
            expect(c.ana, as(ana), sql);
            expect(c.ana, as(helper), sql);
            expect(c.ana, as("ghost"), sql);
            expect(c.ana, anon(), sql);
            expect(c.admin, as(admin), sql);
            expect(c.stranger, as(stranger), sql);
            expect(c.root, as(root), sql);
            expect(c.service, service(), sql);
            expect(true, server(), sql);
        }
    }
}

TEST_F(Guards, WhoMayChangeWhatOfAProfile) {
    database.sql("INSERT INTO users (id) VALUES ('00000000-0000-7000-8000-000000000009')");
    for (const Change& c : profile_changes) {
        SCOPED_TRACE(c.name);
        const auto sql = fmt::format("UPDATE profiles SET {} WHERE id = '{}'", c.set, c.target);
        expect(c.ana, as(ana), sql);
        expect(c.ana, as(helper), sql);
        expect(c.ana, as("ghost"), sql);
        expect(c.ana, anon(), sql);
        expect(c.admin, as(admin), sql);
        expect(c.stranger, as(stranger), sql);
        expect(c.root, as(root), sql);
        expect(c.service, service(), sql);
        expect(true, server(), sql);
    }
}

TEST_F(Guards, WhoMayAddWhatProfile) {
    const char* newcomer = "00000000-0000-7000-8000-000000000009";
    database.sql("INSERT INTO users (id) VALUES ($1)", newcomer);
    const struct {
        const char* name;
        const char* id;
        const char* organization;
        const char* role;
        bool ana, admin, stranger, root, service;
    } cases[] = {
        {"a user", newcomer, anas_org, "user", false, true, false, true, true},
        {"an org_admin", newcomer, anas_org, "org_admin", false, true, false, true, true},
        {"a global_admin", newcomer, anas_org, "global_admin", false, false, false, true, true},
        {"in another organisation", newcomer, other_org, "user", false, false, true, true, true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto sql = fmt::format(
            "INSERT INTO profiles (id, organization_id, full_name, role) "
            "VALUES ('{}', '{}', 'x', '{}')",
            c.id, c.organization, c.role);
        expect(c.ana, as(ana), sql);
        expect(c.ana, as(newcomer), sql);
        expect(c.ana, anon(), sql);
        expect(c.admin, as(admin), sql);
        expect(c.stranger, as(stranger), sql);
        expect(c.root, as(root), sql);
        expect(c.service, service(), sql);
    }
    // REPLACE would be an update by another name.
    const auto replace = fmt::format(
        "REPLACE INTO profiles (id, organization_id, full_name, role) "
        "VALUES ('{}', '{}', 'x', 'org_admin')",
        ana, anas_org);
    for (const char* user : {ana, admin, stranger}) expect(false, as(user), replace);
    expect(false, as(ana), fmt::format("DELETE FROM profiles WHERE id = '{}'", ana));
}

TEST_F(Guards, WhoMayAddWhatDevice) {
    const struct {
        const char* name;
        const char* columns;
        const char* values;
        const char* organization;
        bool ana, admin, stranger, root, service;
    } cases[] = {
        {"plain", "", "", anas_org, true, true, false, true, true},
        {"written out", ", status, trust_level", ", 'pending', 'low'", anas_org, true, true, false,
         true, true},
        {"with token and fingerprint", ", enrollment_token, fingerprint", ", 't', 'f'", anas_org,
         true, true, false, true, true},
        {"active", ", status", ", 'active'", anas_org, false, true, false, true, true},
        {"revoked", ", status", ", 'revoked'", anas_org, false, true, false, true, true},
        {"medium", ", trust_level", ", 'medium'", anas_org, false, true, false, true, true},
        {"enrolled", ", enrolled_at", ", now()", anas_org, false, true, false, true, true},
        {"auth key", ", tailscale_auth_key", ", 'x'", anas_org, false, true, false, true, true},
        {"hostname", ", tailscale_hostname", ", 'x'", anas_org, false, true, false, true, true},
        {"node", ", tailscale_device_id", ", 'x'", anas_org, false, true, false, true, true},
        {"address", ", tailscale_ip", ", 'x'", anas_org, false, true, false, true, true},
        {"in another organisation", "", "", other_org, false, false, true, true, true},
        {"in no organisation", "", "", nullptr, false, false, false, true, true},
    };
    for (const auto& c : cases) {
        for (const char* verb : {"INSERT", "INSERT OR IGNORE", "REPLACE"}) {
            SCOPED_TRACE(std::string(c.name) + ", " + verb);
            const std::string organization =
                c.organization != nullptr ? fmt::format("'{}'", c.organization) : "NULL";
            const auto sql = fmt::format(
                "{} INTO devices (user_id, name, organization_id{}) VALUES ('{}', 'new', {}{})",
                verb, c.columns, ana, organization, c.values);
            expect(c.ana, as(ana), sql);
            expect(c.ana, as(helper), sql);
            expect(c.admin, as(admin), sql);
            expect(c.stranger, as(stranger), sql);
            expect(c.root, as(root), sql);
            expect(c.service, service(), sql);
            expect(true, server(), sql);
        }
    }
    expect(
        false, as(ana),
        fmt::format("INSERT INTO devices (id, user_id, name, organization_id) VALUES "
                    "('{}', '{}', 'x', '{}') ON CONFLICT (id) DO UPDATE SET trust_level = 'high'",
                    device, ana, anas_org));
}

TEST_F(Guards, SomebodyWithoutAnOrganisationAddsDevicesWithoutOne) {
    const char* loner = "00000000-0000-7000-8000-000000000009";
    database.sql("INSERT INTO users (id) VALUES ($1)", loner);
    database.sql("INSERT INTO profiles (id, full_name) VALUES ($1, 'x')", loner);
    const auto sql = [&](const std::string& organization) {
        return fmt::format(
            "INSERT INTO devices (user_id, name, organization_id) VALUES ('{}', 'x', {})", loner,
            organization);
    };
    expect(true, as(loner), sql("NULL"));
    expect(false, as(loner), sql(fmt::format("'{}'", anas_org)));
}

TEST_F(Guards, HistoryIsWrittenByTheSystemAndChangedByNobody) {
    database.sql("DELETE FROM devices WHERE id = $1", bare);  // so that the archive has a row
    ASSERT_EQ(database.count("device_events_archive"), 1);
    const std::string event =
        fmt::format("INSERT INTO device_events (device_id, event_type) VALUES ('{}', 'x')", device);
    const struct {
        const char* name;
        std::string sql;
        bool system;  ///< allowed for the server and the service key; never for anybody else
    } cases[] = {
        {"add event", event, true},
        {"add event with OR IGNORE",
         fmt::format("INSERT OR IGNORE INTO device_events (device_id, event_type) "
                     "VALUES ('{}', 'x')",
                     device),
         true},
        {"change event", "UPDATE device_events SET event_type = 'x'", false},
        {"change nothing of an event", "UPDATE device_events SET id = id", false},
        {"delete events", "DELETE FROM device_events", false},
        {"replace an event",
         fmt::format("REPLACE INTO device_events (id, device_id, event_type) "
                     "SELECT id, device_id, 'x' FROM device_events WHERE device_id = '{}'",
                     device),
         false},
        {"add audit row", "INSERT INTO audit_logs (event) VALUES ('x')", true},
        {"change audit row", "UPDATE audit_logs SET event = 'x'", false},
        {"change its details", "UPDATE audit_logs SET details = '{\"a\":1}'", false},
        {"change its time", "UPDATE audit_logs SET created_at = '2020-01-01T00:00:00.000000+00:00'",
         false},
        {"take its person off", "UPDATE audit_logs SET user_id = NULL", false},
        {"take its organisation off", "UPDATE audit_logs SET organization_id = NULL", false},
        {"give it another person", fmt::format("UPDATE audit_logs SET user_id = '{}'", admin),
         false},
        {"delete audit rows", "DELETE FROM audit_logs", false},
        {"replace an audit row",
         "REPLACE INTO audit_logs (id, event) SELECT id, 'x' FROM audit_logs", false},
        {"add archive row",
         "INSERT INTO device_events_archive (id, device_id, user_id, device_name, event_type, "
         "created_at) VALUES ('a', 'd', 'u', 'n', 'x', now())",
         true},
        {"change archive", "UPDATE device_events_archive SET event_type = 'x'", false},
        {"delete archive", "DELETE FROM device_events_archive", false},
        {"replace archive row",
         "REPLACE INTO device_events_archive (id, device_id, user_id, device_name, event_type, "
         "created_at) SELECT id, 'd', 'u', 'n', 'x', now() FROM device_events_archive",
         false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect(c.system, server(), c.sql);
        expect(c.system, service(), c.sql);
        for (const char* user : {ana, admin, root, helper}) expect(false, as(user), c.sql);
        expect(false, anon(), c.sql);
    }
}

TEST_F(Guards, SomeTablesAreTheServersAlone) {
    const struct {
        const char* table;
        const char* change;
        std::string insert;
    } cases[] = {
        {"users", "email = 'x'", "INSERT INTO users (email) VALUES ('y')"},
        {"sessions", "user_agent = 'x'",
         fmt::format("INSERT INTO sessions (user_id, refresh_key) VALUES ('{}', 's')", ana)},
        {"signing_keys", "algorithm = 'x'",
         "INSERT INTO signing_keys VALUES ('x', 'x', 'x', now(), now())"},
        {"api_keys", "sealed_key = 'x'",
         "INSERT INTO api_keys (role, key_digest, sealed_key) VALUES ('anon', 'x', 'x')"},
        {"spent_tokens", "expires_at = now()",
         fmt::format("INSERT INTO spent_tokens VALUES ('x', '{}', now(), now())", device)},
        {"trust_evidence", "provenance = 'proven'",
         fmt::format("INSERT INTO trust_evidence VALUES ('{}', 'x', 'proven', now(), 'x')",
                     device)},
        {"trust_pins", "level = 'high'",
         fmt::format("INSERT INTO trust_pins VALUES ('{}', 'high', 'x', 'x', now())", bare)},
        {"network_memberships", "node_id = 'x'",
         fmt::format("INSERT INTO network_memberships (device_id, network) VALUES ('{}', 'x')",
                     bare)},
        {"network_jobs", "state = 'cancelled'",
         "INSERT INTO network_jobs (device_id, network, kind, target) "
         "VALUES ('d', 'n', 'remove_node', 't')"},
    };
    for (const auto& c : cases) {
        const std::string where = std::string_view(c.table) == "users"
                                      ? fmt::format(" WHERE id = '{}'", stranger)
                                      : std::string();
        for (const std::string& sql :
             {c.insert, fmt::format("UPDATE {} SET {}{}", c.table, c.change, where),
              fmt::format("DELETE FROM {}{}", c.table, where)}) {
            SCOPED_TRACE(sql);
            for (const char* user : {ana, admin, root}) expect(false, as(user), sql);
            expect(false, anon(), sql);
            expect(true, service(), sql);
            expect(true, server(), sql);
        }
    }
}

TEST_F(Guards, HistoryOutlivesTheDeviceThroughEveryDoor) {
    const struct {
        const char* name;
        Actor actor;
        std::string sql;
        const char* by;
        const char* audit_user;  ///< null: nobody, or somebody who is gone
        bool organization_gone;
    } doors[] = {
        {"the server", server(), fmt::format("DELETE FROM devices WHERE id = '{}'", device),
         "server", nullptr, false},
        {"the service key", service(), fmt::format("DELETE FROM devices WHERE id = '{}'", device),
         "service_role", nullptr, false},
        {"its owner", as(ana), fmt::format("DELETE FROM devices WHERE id = '{}'", device), ana, ana,
         false},
        {"an admin", as(admin), fmt::format("DELETE FROM devices WHERE id = '{}'", device), admin,
         admin, false},
        {"all devices", server(), "DELETE FROM devices", "server", nullptr, false},
        {"REPLACE of its row", server(),
         fmt::format("REPLACE INTO devices (id, user_id, name) VALUES ('{}', '{}', 'new')", device,
                     admin),
         "server", nullptr, false},
        {"REPLACE by its fingerprint", server(),
         fmt::format("UPDATE OR REPLACE devices SET fingerprint = '{}' WHERE id = '{}'", device,
                     bare),
         "server", nullptr, false},
        {"its user", server(), fmt::format("DELETE FROM users WHERE id = '{}'", ana), "server",
         nullptr, false},
        {"REPLACE of its user", server(),
         fmt::format("REPLACE INTO users (id, email) VALUES ('{}', 'new')", ana), "server", nullptr,
         false},
        {"its organisation", server(),
         fmt::format("DELETE FROM organizations WHERE id = '{}'", anas_org), "server", nullptr,
         true},
        {"its organisation, by the service key", service(),
         fmt::format("DELETE FROM organizations WHERE id = '{}'", anas_org), "service_role",
         nullptr, true},
    };
    for (const auto& door : doors) {
        SCOPED_TRACE(door.name);
        const auto done = database.store().write_now([&](Transaction& tx) -> core::Result<int> {
            const auto one = [&](std::string_view sql) { return tx.one(sql, device)->integer(0); };
            tx.act_as(door.actor);
            tx.execute(door.sql);
            tx.act_as(server());
            EXPECT_EQ(one("SELECT count(*) FROM device_events WHERE device_id = $1"), 0);
            for (const char* table :
                 {"network_memberships", "trust_evidence", "trust_pins", "spent_tokens"}) {
                EXPECT_EQ(tx.one(fmt::format("SELECT count(*) FROM {}", table))->integer(0), 0)
                    << table;
            }
            const auto archive = tx.all(R"sql(
                SELECT event_type, details, organization_id, user_id, device_name, ip_address
                FROM device_events_archive WHERE device_id = $1 ORDER BY event_type)sql",
                                        device);
            EXPECT_EQ(archive.size(), 3U);
            if (archive.size() != 3) return core::fail(Code::internal);
            EXPECT_EQ(archive[0].text(0), "device_deleted");
            EXPECT_EQ(archive[0].text(1),
                      fmt::format(R"({{"by":"{}","status":"active"}})", door.by));
            EXPECT_EQ(archive[1].text(0), "enrolled");
            EXPECT_EQ(archive[1].text(1), R"({"method":"silent"})");
            EXPECT_EQ(archive[1].text(2), anas_org);
            EXPECT_EQ(archive[1].text(3), ana);
            EXPECT_EQ(archive[1].text(4), "laptop");
            EXPECT_EQ(archive[1].text(5), "192.0.2.1");
            const auto audit = tx.all(R"sql(
                SELECT organization_id, user_id, details FROM audit_logs
                WHERE event = 'device_deleted' AND details ->> 'device_id' = $1)sql",
                                      device);
            EXPECT_EQ(audit.size(), 1U);
            EXPECT_EQ(audit.at(0).is_null(0), door.organization_gone);
            EXPECT_EQ(audit.at(0).optional_text(1).value_or(""),
                      door.audit_user != nullptr ? door.audit_user : "");
            EXPECT_EQ(audit.at(0).text(2),
                      fmt::format(R"({{"device_id":"{}","name":"laptop","user_id":"{}",)"
                                  R"("organization_id":"{}","by":"{}"}})",
                                  device, ana, anas_org, door.by));
            const auto jobs = tx.all(R"sql(
                SELECT network, kind, target, state, organization_id FROM network_jobs
                WHERE device_id = $1)sql",
                                     device);
            EXPECT_EQ(jobs.size(), 1U);
            EXPECT_EQ(jobs.at(0).text(0), "simulated");
            EXPECT_EQ(jobs.at(0).text(1), "remove_node");
            EXPECT_EQ(jobs.at(0).text(2), "node-1");
            EXPECT_EQ(jobs.at(0).text(3), "waiting");
            EXPECT_EQ(jobs.at(0).text(4), anas_org);
            // What was audited before is still there, without its gone parents.
            EXPECT_EQ(
                tx.one("SELECT count(*) FROM audit_logs WHERE event = 'enrolled'")->integer(0), 1);
            return core::fail(Code::internal);
        });
        EXPECT_EQ(done.error().code, Code::internal) << done.error().detail;
    }
}

TEST_F(Guards, JobsOfADeletedDeviceFollowItsMembership) {
    const struct {
        const char* name;
        const char* key;
        const char* node;
        std::vector<std::string> jobs;
    } cases[] = {
        {"never on a network", nullptr, nullptr, {}},
        {"a key that was not used", "key-1", nullptr, {"revoke_key key-1"}},
        {"a node without a key", nullptr, "node-1", {"remove_node node-1"}},
        {"a node and its key", "key-1", "node-1", {"remove_node node-1"}},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        (void)database.store().write_now([&](Transaction& tx) -> core::Result<int> {
            tx.execute("UPDATE network_memberships SET key_id = $1, node_id = $2", c.key, c.node);
            tx.execute("DELETE FROM devices WHERE id = $1", device);
            std::vector<std::string> jobs;
            for (const Row& row :
                 tx.all("SELECT kind, target FROM network_jobs WHERE device_id = $1", device)) {
                jobs.push_back(row.text(0) + " " + row.text(1));
            }
            EXPECT_EQ(jobs, c.jobs);
            return core::fail(Code::internal);
        });
    }
}

TEST_F(Guards, AnEventIdThatWasArchivedBeforeDoesNotBlockADeletion) {
    database.sql(
        "INSERT INTO device_events_archive (id, device_id, user_id, device_name, event_type, "
        "created_at) SELECT id, 'd', 'u', 'n', 'x', now() FROM device_events LIMIT 1");
    database.sql("DELETE FROM devices");
    EXPECT_EQ(database.count("device_events_archive WHERE event_type = 'enrolled'"), 2);
}

TEST_F(Guards, DeletingAProfileKeepsDevicesAndHistory) {
    database.sql("DELETE FROM profiles WHERE id = $1", ana);
    EXPECT_EQ(database.count("devices"), 3);
    EXPECT_EQ(database.count("audit_logs WHERE event = 'enrolled' AND user_id IS NULL"), 1);
    EXPECT_EQ(database.count("audit_logs WHERE organization_id IS NULL"), 0);
}

TEST_F(Guards, AUserWhoMadeAConfigurationStaysAsThePublishedSchemaSays) {
    database.sql(
        "INSERT INTO organization_tailscale_config (organization_id, tailscale_auth_key, "
        "created_by) VALUES ($1, 'sealed', $2)",
        other_org, ana);
    EXPECT_EQ(database.refusal_of(server(), "DELETE FROM users WHERE id = $1", ana),
              Code::conflict);
    EXPECT_EQ(database.count("devices"), 3);
    EXPECT_EQ(database.count("device_events_archive"), 0);
}

TEST_F(Guards, AnAbortedDeletionLeavesNobodyTrusted) {
    database.sql(
        "CREATE TRIGGER stop BEFORE INSERT ON network_jobs BEGIN SELECT RAISE(ABORT, 'no'); END");
    (void)database.store().write_now([&](Transaction& tx) -> core::Result<int> {
        tx.act_as(as(ana));
        EXPECT_THROW(tx.execute("DELETE FROM devices WHERE id = $1", device), ConstraintViolation);
        EXPECT_FALSE(tx.one("SELECT request_is_trusted()")->boolean(0));
        EXPECT_THROW(tx.execute("INSERT INTO audit_logs (event) VALUES ('x')"),
                     ConstraintViolation);
        return 0;
    });
    EXPECT_EQ(database.count("devices"), 3);
    EXPECT_EQ(database.count("device_events_archive"), 0);
}

}  // namespace
}  // namespace muster::store
