// The guards against self-promotion and forged history: a row for each change, tried by each role.
// SPDX-License-Identifier: Apache-2.0
#include "store/guards_fixture.hpp"

namespace muster::store {
namespace {

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
            expect(c.ana, as(ghost), sql);
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
        expect(c.ana, as(ghost), sql);
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
        {"in its caller's organisation", "", "", nullptr, true, true, true, true, true},
        {"active, in its caller's", ", status", ", 'active'", nullptr, false, true, true, true,
         true},
        {"enrolled, in its caller's", ", enrolled_at", ", now()", nullptr, false, true, true, true,
         true},
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
        bool service = true;  ///< on PostgreSQL: its grants know of no service key in some tables
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
         "created_at) VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'n', 'x', "
         "now())",
         true, false},
        {"change archive", "UPDATE device_events_archive SET event_type = 'x'", false},
        {"delete archive", "DELETE FROM device_events_archive", false},
        {"replace archive row",
         "REPLACE INTO device_events_archive (id, device_id, user_id, device_name, event_type, "
         "created_at) SELECT id, device_id, user_id, 'n', 'x', now() FROM device_events_archive",
         false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect(c.system, server(), c.sql);
        expect(c.system && (c.service || !tests_use_postgres()), service(), c.sql);
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
        {"one_time_tokens", "attempts = 0",
         fmt::format("INSERT INTO one_time_tokens (user_id, kind, address, link_digest, "
                     "sealed_code, expires_at) VALUES ('{}', 'recovery', 'a', 'x', 's', now())",
                     ana)},
        {"flow_states", "code_challenge = 'x'",
         fmt::format("INSERT INTO flow_states (user_id, code_digest, authentication_method, "
                     "code_challenge, code_challenge_method, expires_at) "
                     "VALUES ('{}', 'x', 'otp', 'c', 's256', now())",
                     ana)},
        {"mfa_challenges", "ip_address = 'x'",
         fmt::format("INSERT INTO mfa_challenges (factor_id, expires_at) VALUES ('{}', now())",
                     ana)},
        {"mfa_factors", "status = 'verified'",
         fmt::format("INSERT INTO mfa_factors (user_id, friendly_name, secret) "
                     "VALUES ('{}', 'x', 's')",
                     ana)},
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
        {"network_connections", "credential = 'x'",
         fmt::format("INSERT INTO network_connections (organization_id, name, network, "
                     "credential, created_by) VALUES ('{}', 'x', 'netbird', 'x', 'x')",
                     anas_org)},
        {"network_jobs", "state = 'cancelled'",
         "INSERT INTO network_jobs (device_id, network, kind, target) "
         "VALUES (gen_random_uuid(), 'n', 'remove_node', 't')"},
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
            // There grants say it, which know no service key.
            expect(!tests_use_postgres(), service(), sql);
            expect(true, server(), sql);
        }
    }
}

}  // namespace
}  // namespace muster::store
