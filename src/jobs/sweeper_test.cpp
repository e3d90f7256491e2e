// What time alone does to devices and tokens, to the microsecond.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/sweeper.hpp"

#include <gtest/gtest.h>

#include "jobs/jobs_test.hpp"

namespace muster::jobs {
namespace {

using namespace std::chrono_literals;
using Events = std::vector<std::string>;
using std::chrono::days;

class Sweeper : public JobsTest {
protected:
    Swept run_sweep() { return fakes::run(sweep(m_tools)); }
    void set_policy(std::chrono::seconds inactive_after) {
        m_database.sql("DELETE FROM trust_policies");
        m_database.sql("INSERT INTO trust_policies VALUES ($1, $2)", m_organization,
                       inactive_after.count());
    }
};

TEST_F(Sweeper, NothingToDo) {
    const Swept swept = run_sweep();
    EXPECT_EQ(swept.tokens_expired, 0);
    EXPECT_EQ(swept.devices_inactive, 0);
}

TEST_F(Sweeper, TokensExpireExactlyAtTheirTime) {
    const struct {
        const char* name;
        std::chrono::microseconds age;
        bool expires;
    } cases[] = {
        {"new", 0us, false},
        {"a moment before", 24h - tick, false},
        {"at its time", 24h, true},
        {"a moment after", 24h + tick, true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Pending pending = verified_device(std::string("fp-") + std::to_string(&c - cases));
        const Events before = events_of(pending.device_id);
        advance(c.age);
        EXPECT_EQ(run_sweep().tokens_expired, c.expires ? 1 : 0);
        EXPECT_EQ(column(pending.device_id, "status"), "pending");
        EXPECT_EQ(column(pending.device_id, "enrollment_token") == "NULL", c.expires);
        EXPECT_EQ(column(pending.device_id, "tailscale_auth_key") == "NULL", c.expires);
        Events expected = before;
        if (c.expires) expected.emplace_back("token_expired");
        EXPECT_EQ(events_of(pending.device_id), expected);
        EXPECT_EQ(run_sweep().tokens_expired, 0) << "once is enough";
        m_database.sql("DELETE FROM devices");
    }
}

TEST_F(Sweeper, AnExpiredTokensKeyLetsNobodyInAnyMore) {
    const Pending late = verified_device("fp-1");
    advance(24h);
    EXPECT_EQ(run_sweep().tokens_expired, 1);
    EXPECT_EQ(only_job().kind, store::JobKind::revoke_key);
    advance(1s);
    EXPECT_EQ(deliver(), 1);
    EXPECT_TRUE(fakes::run(m_network->list_nodes(soon())).value().empty());
    EXPECT_EQ(m_database.count("network_memberships"), 0);
    EXPECT_EQ(events_of(late.device_id).back(), "network_removed");
}

TEST_F(Sweeper, WhoWaitedByItsNameAloneWaitsNoLonger) {
    verified_device("fp-1");
    m_database.sql("UPDATE network_memberships SET key_id = NULL, announced_hostname = 'laptop'");
    advance(24h);
    EXPECT_EQ(run_sweep().tokens_expired, 1);
    EXPECT_EQ(m_database.count("network_memberships"), 0);
    EXPECT_EQ(m_database.count("network_jobs"), 0);
}

TEST_F(Sweeper, ExpiryIsForPendingDevicesOnly) {
    const std::string active = connected_device("fp-1");
    const Pending revoked = verified_device("fp-2");
    revoke(revoked.device_id);
    const Events of_active = events_of(active);
    const Events of_revoked = events_of(revoked.device_id);
    advance(25h);
    EXPECT_EQ(run_sweep().tokens_expired, 0);
    EXPECT_EQ(events_of(active), of_active);
    EXPECT_EQ(events_of(revoked.device_id), of_revoked);
}

TEST_F(Sweeper, SilentDevicesBecomeInactive) {
    const struct {
        const char* name;
        std::optional<std::chrono::seconds> policy;
        std::chrono::microseconds silence;
        bool inactive;
    } cases[] = {
        {"seen now", {}, 0us, false},
        {"default limit, to the microsecond", {}, days(7), false},
        {"one past it", {}, days(7) + tick, true},
        {"a shorter policy", 1h, 1h, false},
        {"one past it", 1h, 1h + tick, true},
        {"the shortest policy", 1s, 1s + tick, true},
        {"a longer policy outlasts the default", days(30), days(7) + tick, false},
        {"a longer policy, to the microsecond", days(30), days(30), false},
        {"one past it", days(30), days(30) + tick, true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const std::string id = connected_device("fp-" + std::to_string(&c - cases));
        if (c.policy) set_policy(*c.policy);
        m_database.sql("UPDATE devices SET last_seen = now() WHERE id = $1", id);
        m_database.sql("UPDATE trust_evidence SET observed_at = now() WHERE device_id = $1", id);
        const Events before = events_of(id);
        advance(c.silence);
        EXPECT_EQ(run_sweep().devices_inactive, c.inactive ? 1 : 0);
        EXPECT_EQ(column(id, "status"), c.inactive ? "inactive" : "active");
        EXPECT_EQ(column(id, "trust_level"), c.inactive ? "medium" : "high");
        Events expected = before;
        if (c.inactive) {
            expected.emplace_back("device_inactive");
            expected.emplace_back("trust_level_changed");
        }
        EXPECT_EQ(events_of(id), expected);
        EXPECT_EQ(run_sweep().devices_inactive, 0) << "once is enough";
        m_database.sql("DELETE FROM trust_policies");
        m_database.sql("DELETE FROM devices");
    }
}

TEST_F(Sweeper, APolicyIsItsOwnOrganizationsOnly) {
    const std::string id = connected_device("fp-1");
    const std::string other = base::make_uuid(m_database.random, now());
    m_database.sql("INSERT INTO organizations (id, name) VALUES ($1, 'Other')", other);
    m_database.sql("INSERT INTO trust_policies VALUES ($1, 60)", other);
    advance(days(1));
    EXPECT_EQ(run_sweep().devices_inactive, 0);
    EXPECT_EQ(column(id, "status"), "active");
}

TEST_F(Sweeper, OnlyActiveDevicesFallSilent) {
    for (const char* const status : {"pending", "inactive", "revoked"}) {
        SCOPED_TRACE(status);
        const std::string id = connected_device(std::string("fp-") + status);
        m_database.sql("UPDATE devices SET status = $2 WHERE id = $1", id, status);
        advance(days(8));
        EXPECT_EQ(run_sweep().devices_inactive, 0);
        EXPECT_EQ(column(id, "status"), status);
    }
}

TEST_F(Sweeper, SpentTokensAreForgottenWhenTheyWouldHaveExpired) {
    connected_device("fp-1");
    const auto expires = m_database.rows("SELECT expires_at FROM spent_tokens").at(0).timestamp(0);
    const struct {
        const char* name;
        core::Timestamp at;
        std::int64_t left;
    } cases[] = {
        {"a moment before", expires - tick, 1},
        {"at its time", expires, 0},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        m_database.clock.set(c.at);
        run_sweep();
        EXPECT_EQ(m_database.count("spent_tokens"), c.left);
    }
}

TEST_F(Sweeper, OneSweepTakesABatchAndTheNextTheRest) {
    const auto add = [&](const char* status, const char* token) {
        m_database.sql(R"sql(
            WITH RECURSIVE numbers (n) AS (
                SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $3)
            INSERT INTO devices (user_id, name, status, enrollment_token, enrollment_expires_at)
            SELECT $1, 'many', $2, CASE WHEN $4 <> '' THEN $4 || n END, now() FROM numbers)sql",
                       m_owner.user_id, status, sweep_batch + 1, token);
    };
    add("pending", "token");
    add("active", "");
    advance(days(8));
    const Swept first = run_sweep();
    EXPECT_EQ(first.tokens_expired, sweep_batch);
    EXPECT_EQ(first.devices_inactive, sweep_batch);
    const Swept second = run_sweep();
    EXPECT_EQ(second.tokens_expired, 1);
    EXPECT_EQ(second.devices_inactive, 1);
}

}  // namespace
}  // namespace muster::jobs
