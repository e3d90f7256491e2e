// That the policies which PostgreSQL runs let the same rows through as the file's own words do, and
// that its planner finds an index for them.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/policy_script.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "store/migrations.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/migrate.hpp"

namespace muster::store::postgres {
namespace {

std::string server_url() {
    const char* url = std::getenv("MUSTER_TEST_POSTGRES");
    return url != nullptr ? url : "";
}

/// Policies have no number of their own. Where they changed without a migration, an older server
/// that starts again beside newer ones would put its own back; where one came with them, it refuses
/// to start.
TEST(PolicyScript, ChangesTogetherWithAMigration) {
    EXPECT_EQ(std::string(postgres_migrations().back().name) + " " +
                  checksum_of(policy_script(postgres_policies().sql)),
              "0010_waiting_hostnames.sql 9c13740637d29afd")
        << "add a migration (./dev new-migration NAME; it may be empty), then write both down here";
}

TEST(PolicyScript, SaysThePoliciesAnotherWay) {
    EXPECT_EQ(
        policy_script("CREATE POLICY \"Own\"\nON public.t FOR SELECT\nUSING (a = auth.uid());"),
        "DROP POLICY IF EXISTS \"Own\" ON public.t;\n"
        "CREATE POLICY \"Own\"\nON public.t FOR SELECT\nUSING (a = (SELECT auth.uid()));");
    EXPECT_EQ(policy_script("b IN (\n  SELECT f(get_user_org_id(auth.uid()))\n) AND c IN ('x')"),
              "b = ANY (ARRAY(\n  SELECT f((SELECT get_user_org_id(auth.uid())))\n)) "
              "AND c IN ('x')");
    EXPECT_EQ(policy_script("USING (get_user_role(auth.uid()) = 'global_admin');"),
              "USING (id BETWEEN (SELECT CASE WHEN get_user_role(auth.uid()) = 'global_admin' THEN "
              "'00000000-0000-0000-0000-000000000000'::uuid END) AND "
              "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid);");
    EXPECT_THROW(policy_script("a IN (SELECT b"), StoreError);
}

/// Three organisations, people of each role, one without an organisation, devices of all of them.
constexpr const char* roster = R"sql(
    SET session_replication_role = replica;
    INSERT INTO organizations (id, name)
    SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'o' FROM generate_series(1, 3) n;
    INSERT INTO auth.users (id, email)
    SELECT ('10000000-0000-4000-8000-00000000000' || n)::uuid, n || '@example.org'
    FROM generate_series(0, 9) n;
    INSERT INTO profiles (id, organization_id, full_name, role)
    SELECT ('10000000-0000-4000-8000-00000000000' || n)::uuid,
        CASE WHEN n > 0 THEN ('00000000-0000-4000-8000-00000000000' || 1 + n % 3)::uuid END, 'p',
        (ARRAY['user', 'global_admin', 'org_admin', 'org_admin', 'support', 'user'])[1 + n % 6]
    FROM generate_series(0, 8) n;
    INSERT INTO devices (id, user_id, organization_id, name)
    SELECT ('20000000-0000-4000-8000-0000000000' || n)::uuid,
        ('10000000-0000-4000-8000-00000000000' || n % 10)::uuid,
        CASE WHEN n % 7 > 0 THEN ('00000000-0000-4000-8000-00000000000' || 1 + n % 3)::uuid END, 'd'
    FROM generate_series(10, 99) n;
    INSERT INTO device_events (device_id, event_type) SELECT id, 'enrolled' FROM devices;
    INSERT INTO audit_logs (organization_id, event) SELECT organization_id, 'e' FROM devices;
    INSERT INTO organization_tailscale_config (organization_id, tailscale_auth_key)
    SELECT id, 'k' FROM organizations;
    ANALYZE;
)sql";

constexpr const char* tables[] = {"organizations",
                                  "profiles",
                                  "devices",
                                  "user_roles",
                                  "device_events",
                                  "audit_logs",
                                  "organization_tailscale_config"};

class PostgresPolicies : public testing::Test {
protected:
    void SetUp() override {
        if (server_url().empty()) GTEST_SKIP() << "MUSTER_TEST_POSTGRES names no server";
        m_name = fmt::format("muster_policies_{}", getpid());
        Connection(server_url()).script("CREATE DATABASE " + m_name);
        const std::string url = server_url();
        const auto query = url.find('?');
        const auto slash = url.find('/', url.find("://") + 3);
        m_connection =
            std::make_unique<Connection>(url.substr(0, std::min(slash, query)) + "/" + m_name +
                                         (query == std::string::npos ? "" : url.substr(query)));
        migrate(*m_connection, postgres_migrations(), postgres_policies());
        m_connection->script(roster);
    }
    void TearDown() override {
        if (server_url().empty()) return;
        m_connection.reset();
        Connection(server_url()).script("DROP DATABASE " + m_name + " WITH (FORCE)");
    }

    /// One line for each row of the last statement.
    std::string ask_as(int person, const std::string& sql) {
        m_connection->script(fmt::format(
            "BEGIN; SET LOCAL ROLE authenticated; SET LOCAL request.jwt.claims = "
            R"('{{"role":"authenticated","sub":"10000000-0000-4000-8000-00000000000{}"}}')",
            person));
        const Message message{sql, {}, false};
        const auto answers =
            m_connection->exchange(std::span(&message, 1), false, std::chrono::seconds(30));
        m_connection->script("ROLLBACK");
        std::string text;
        for (const Row& row : rows_of(answers.front().get())) {
            text += row.optional_text(0).value_or("null") + "\n";
        }
        return text;
    }
    std::vector<std::string> what_everybody_sees() {
        std::vector<std::string> seen;
        for (int person = 0; person < 10; ++person) {
            for (const char* table : tables) {
                seen.push_back(fmt::format("{} {}: ", person, table) +
                               ask_as(person, fmt::format("SELECT id::text FROM public.{} "
                                                          "ORDER BY id",
                                                          table)));
            }
        }
        return seen;
    }

    std::string m_name;
    std::unique_ptr<Connection> m_connection;
};

TEST_F(PostgresPolicies, LetTheSameRowsThroughAsTheFilesOwnWords) {
    const auto seen = what_everybody_sees();
    std::string drop;
    const std::string script = policy_script(postgres_policies().sql);
    for (std::size_t at = 0; script.compare(at, 4, "DROP") == 0;) {
        const std::size_t end = script.find('\n', at) + 1;
        drop += script.substr(at, end - at);
        at = end;
    }
    m_connection->script(drop + std::string(postgres_policies().sql));
    EXPECT_EQ(what_everybody_sees(), seen);
    std::size_t bytes = 0;
    for (const std::string& each : seen) bytes += each.size();
    EXPECT_GT(bytes, 20'000U) << "hardly anybody sees anything";
}

TEST_F(PostgresPolicies, AListWithoutAFilterReadsIndexes) {
    m_connection->script("SET enable_seqscan = off");
    struct Case {
        const char* sql;
        std::vector<const char*> indexes;  ///< how their names begin
    };
    for (const Case& each :
         {Case{"SELECT * FROM public.devices",
               {"idx_devices_user", "devices_pkey", "idx_devices_organization_"}},
          Case{"SELECT * FROM public.device_events",
               {"idx_device_events_device_created", "device_events_pkey", "idx_devices_user"}},
          Case{"SELECT * FROM public.audit_logs",
               {"idx_audit_logs_organization_", "audit_logs_pkey"}}}) {
        SCOPED_TRACE(each.sql);
        const std::string plan = ask_as(5, "EXPLAIN (COSTS OFF) " + std::string(each.sql));
        EXPECT_FALSE(plan.contains("Seq Scan")) << plan;
        for (const char* index : each.indexes) EXPECT_TRUE(plan.contains(index)) << plan;
    }
}

}  // namespace
}  // namespace muster::store::postgres
