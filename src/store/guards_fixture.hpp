// Two organisations, five people and three devices for the tests of the guards. On PostgreSQL its
// policies and grants let everything through that the guards are asked about.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/test_database.hpp"

namespace muster::store {

inline constexpr const char* anas_org = "00000000-0000-7000-8000-00000000000a";
inline constexpr const char* other_org = "00000000-0000-7000-8000-00000000000b";
inline constexpr const char* ana = "00000000-0000-7000-8000-000000000001";  // user in anas_org
inline constexpr const char* admin =
    "00000000-0000-7000-8000-000000000002";  // org_admin of anas_org
inline constexpr const char* stranger =
    "00000000-0000-7000-8000-000000000003";  // org_admin of other_org
inline constexpr const char* root =
    "00000000-0000-7000-8000-000000000004";  // global_admin, anas_org
inline constexpr const char* helper =
    "00000000-0000-7000-8000-000000000005";  // support in anas_org
inline constexpr const char* device =
    "00000000-0000-7000-8000-0000000000d1";  // Ana's, active, medium
inline constexpr const char* revoked = "00000000-0000-7000-8000-0000000000d2";  // Ana's, revoked
inline constexpr const char* bare =
    "00000000-0000-7000-8000-0000000000d3";  // Ana's, no history yet

inline constexpr const char* ghost = "00000000-0000-7000-8000-0000000000ff";  // nobody

/// The same text, but for the JSON object that it ends with: members in order, as PostgreSQL has an
/// order of its own for them.
inline std::string in_order(const std::string& text) {
    const auto start = text.find('{');
    if (start == std::string::npos) return text;
    const boost::json::value parsed = boost::json::parse(text.substr(start));
    std::map<std::string, boost::json::value> members;
    for (const auto& [name, value] : parsed.as_object()) {
        members.emplace(name, value);
    }
    boost::json::object ordered;
    for (const auto& [name, value] : members) ordered.emplace(name, value);
    return text.substr(0, start) + boost::json::serialize(ordered);
}

/// Is it a form that only SQLite has?
inline bool is_sqlites_own(std::string_view sql) {
    return sql.starts_with("REPLACE") || sql.contains(" OR IGNORE") || sql.contains(" OR REPLACE");
}

/// Two organisations, five people, two devices with a full set of rows around the first.
class Guards : public testing::Test {
protected:
    Guards() {
        if (tests_use_postgres()) open_to_everybody();
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
    void open_to_everybody() {
        for (const char* table : {"organizations", "profiles", "devices", "device_events",
                                  "organization_tailscale_config", "audit_logs"}) {
            database.define(
                fmt::format("CREATE POLICY everything ON public.{} TO anon, "
                            "authenticated USING (true) WITH CHECK (true);"
                            "GRANT ALL ON public.{} TO anon, authenticated",
                            table, table));
        }
        database.define("GRANT ALL ON muster.trust_policies TO anon, authenticated, service_role");
    }
    void add_person(const char* id, const char* organization, const char* role) {
        database.sql("INSERT INTO users (id, email) VALUES ($1, $2)", id, id);
        database.sql(
            "INSERT INTO profiles (id, organization_id, full_name, role) VALUES ($1, $2, $3, $3)",
            id, organization, role);
    }
    void add_device(const char* id, const char* status, const char* trust) {
        database.sql(R"sql(
            INSERT INTO devices (id, user_id, organization_id, name, fingerprint, status,
                trust_level, enrolled_at, tailscale_ip)
            VALUES ($1, $2, $3, 'laptop', $4, $5, $6, now(), '100.64.0.1'))sql",
                     id, ana, anas_org, id, status, trust);
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
            "INSERT INTO spent_tokens (token_digest, device_id, expires_at) VALUES ('d', $1, "
            "now())",
            id);
        database.sql(
            "INSERT INTO audit_logs (organization_id, user_id, event) VALUES ($1, $2, 'enrolled')",
            anas_org, ana);
        database.sql("INSERT INTO sessions (user_id, refresh_key) VALUES ($1, 'sealed')", ana);
        database.sql(
            "INSERT INTO one_time_tokens (user_id, kind, address, link_digest, sealed_code, "
            "expires_at) VALUES ($1, 'confirmation', 'a', 'd', 's', now())",
            ana);
        database.sql(
            "INSERT INTO flow_states (user_id, code_digest, authentication_method, "
            "code_challenge, code_challenge_method, expires_at) "
            "VALUES ($1, 'd', 'otp', 'c', 's256', now())",
            ana);
        database.sql("INSERT INTO mfa_factors (id, user_id, secret) VALUES ($1, $2, 's')", ana,
                     ana);
        database.sql("INSERT INTO mfa_challenges (factor_id, expires_at) VALUES ($1, now())", ana);
        database.sql(
            "INSERT INTO api_keys (role, key_digest, sealed_key) VALUES ('anon', 'd', 's')");
        database.sql(
            "INSERT INTO signing_keys (id, algorithm, private_key) VALUES ('k', 'ES256', 's')");
        database.sql(
            "INSERT INTO network_connections (organization_id, name, network, credential, "
            "created_by) VALUES ($1, 'one', 'netbird', 'sealed', 'x')",
            anas_org);
        database.sql(
            "INSERT INTO network_jobs (device_id, network, kind, target) "
            "VALUES ($1, 'simulated', 'revoke_key', 'key-0')",
            ghost);
    }
    static Actor as(const char* user) { return Actor{"authenticated", user}; }
    static Actor server() { return Actor{}; }
    static Actor service() { return Actor{"service_role", ""}; }
    static Actor anon() { return Actor{"anon", ""}; }

    /// What `actor` is refused with; nothing if it may. Nothing is kept, so rows are independent.
    std::optional<core::Code> outcome(const Actor& actor, const std::string& sql) {
        const auto tried = database.store().write_now([&](Transaction& tx) -> core::Result<int> {
            tx.act_as(actor);
            tx.execute(sql);
            return core::fail(core::Code::internal);
        });
        if (tried.error().code == core::Code::internal) return std::nullopt;
        return tried.error().code;
    }
    void expect(bool allowed, const Actor& actor, const std::string& sql) {
        if (tests_use_postgres() && is_sqlites_own(sql)) return;
        const auto refused = outcome(actor, sql);
        if (allowed) {
            EXPECT_FALSE(refused.has_value())
                << core::word_of(refused.value_or(core::Code::internal));
        } else {
            EXPECT_EQ(refused, core::Code::permission_denied);
        }
    }

    TestDatabase database;
};

}  // namespace muster::store
