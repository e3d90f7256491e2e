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
constexpr const char* ana = "00000000-0000-7000-8000-000000000001";      // user in anas_org
constexpr const char* admin = "00000000-0000-7000-8000-000000000002";    // org_admin of anas_org
constexpr const char* stranger = "00000000-0000-7000-8000-000000000003"; // org_admin of other_org
constexpr const char* root = "00000000-0000-7000-8000-000000000004";     // global_admin, anas_org
constexpr const char* helper = "00000000-0000-7000-8000-000000000005";   // support in anas_org
constexpr const char* device = "00000000-0000-7000-8000-0000000000d1";   // Ana's, active, medium
constexpr const char* revoked = "00000000-0000-7000-8000-0000000000d2";  // Ana's, revoked

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
            "INSERT INTO trust_evidence VALUES ($1, 'fingerprint', 'claimed', now(), 'verify')", id);
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
        database.sql("INSERT INTO api_keys (role, key_digest, sealed_key) VALUES ('anon', 'd', 's')");
        database.sql("INSERT INTO signing_keys (id, algorithm, private_key) VALUES ('k', 'ES256', 's')");
        database.sql(
            "INSERT INTO network_jobs (device_id, network, kind, target) "
            "VALUES ('d', 'simulated', 'revoke_key', 'key-0')");
    }
    static Actor as(const char* user) { return Actor{"authenticated", user}; }
    static Actor server() { return Actor{}; }
    static Actor service() { return Actor{"service_role", ""}; }
    static Actor anon() { return Actor{"anon", ""}; }

    TestDatabase database;
};

/// One change of one row, tried by several.
struct Change {
    const char* name;
    const char* target;  ///< a device's or a person's id
    const char* set;
    bool ana, admin, stranger, root, service;  ///< is it allowed?
};

TEST_F(Guards, WhoMayChangeWhatOfADevice) {
    const Change changes[] = {
        //                                                       ana   admin strngr root  service
        {"name", device, "name = 'x'", true, true, true, true, true},
        {"fields of use", device, "os = 'x', location = 'y', last_seen = now()",  //
         true, true, true, true, true},
        {"enrol again as old clients do", device,
         "status = 'pending', trust_level = 'low', enrollment_token = 't'",  //
         true, true, true, true, true},
        {"trust lower", device, "trust_level = 'low'", true, true, true, true, true},
        {"trust unchanged", device, "trust_level = 'medium'", true, true, true, true, true},
        {"trust higher", device, "trust_level = 'high'", false, true, false, true, true},
        {"trust of a revoked one", revoked, "trust_level = 'medium'", false, true, false, true,
         true},
        {"status unchanged", device, "status = 'active'", true, true, true, true, true},
        {"to inactive", device, "status = 'inactive'", true, true, true, true, true},
        {"to revoked", device, "status = 'revoked'", false, true, false, true, true},
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
        {"id", revoked, "id = '00000000-0000-7000-8000-0000000000d3', name = name", false, false,
         false, false, false},
        {"enrolled_at", device, "enrolled_at = NULL", false, true, false, true, true},
        {"created_at", device, "created_at = '2020-01-01T00:00:00.000000+00:00'", false, true, false,
         true, true},
        {"auth key", device, "tailscale_auth_key = 'x'", false, true, false, true, true},
        {"hostname", device, "tailscale_hostname = 'x'", false, true, false, true, true},
        {"node", device, "tailscale_device_id = 'x'", false, true, false, true, true},
        {"address", device, "tailscale_ip = NULL", false, true, false, true, true},
        {"past OR IGNORE", device, "trust_level = 'high', name = 'x'", false, true, false, true,
         true},
    };
    for (const Change& c : changes) {
        const std::string verb = std::string(c.name) == "past OR IGNORE" ? "UPDATE OR IGNORE" : "UPDATE";
        const std::string sql = fmt::format("{} devices SET {} WHERE id = '{}'", verb, c.set, c.target);
        const struct {
            const char* name;
            Actor actor;
            bool allowed;
        } actors[] = {{"owner", as(ana), c.ana},
                      {"admin of its organisation", as(admin), c.admin},
                      {"admin of another", as(stranger), c.stranger},
                      {"global admin", as(root), c.root},
                      {"service key", service(), c.service},
                      {"support", as(helper), c.ana},
                      {"nobody", anon(), c.ana},
                      {"unknown user", as("ghost"), c.ana}};
        for (const auto& actor : actors) {
            SCOPED_TRACE(fmt::format("{} by {}", c.name, actor.name));
            const auto tried = database.store().write_now([&](Transaction& tx) -> core::Result<int> {
                tx.act_as(actor.actor);
                tx.execute(sql);
                return core::fail(Code::invalid_token);  // each row starts from the same state
            });
            const bool is_id = std::string(c.name) == "id";  // its events hold it, for everybody
            const Code refused = is_id && actor.allowed ? Code::conflict : Code::permission_denied;
            if (is_id) {
                EXPECT_NE(tried.error().code, Code::invalid_token);
            } else {
                EXPECT_EQ(tried.error().code, actor.allowed ? Code::invalid_token : refused);
            }
        }
    }
}
