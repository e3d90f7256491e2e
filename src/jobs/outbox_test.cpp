// What the outbox does with each job, on good days and bad ones.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/outbox.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "app/upkeep.hpp"
#include "jobs/jobs_test.hpp"

namespace muster::jobs {
namespace {

using namespace std::chrono_literals;
using Events = std::vector<std::string>;

class Outbox : public JobsTest {
protected:
    std::vector<store::NetworkJob> claim() {
        return act(m_tools.server,
                   [&](store::Transaction& transaction, const app::Context& context) {
                       return app::claim_jobs(transaction, context, m_options.lease, 50);
                   });
    }
    /// Does what a worker does that dies before its first call.
    std::size_t claim_and_die() { return claim().size(); }
    std::int64_t removals_of(const std::string& device_id) {
        return std::ranges::count(events_of(device_id), "network_removed");
    }
};

TEST_F(Outbox, NothingDue) {
    EXPECT_EQ(deliver(), 0);
}

TEST_F(Outbox, RemovesTheNodeOfARevokedDevice) {
    const std::string id = connected_device("fp-1");
    const std::string node = node_of(id);
    revoke(id);
    EXPECT_TRUE(is_on_network(node));
    EXPECT_TRUE(has_evidence(id, "network_connection")) << "it is still there, and on record";
    advance(1s);

    EXPECT_EQ(deliver(), 1);
    EXPECT_FALSE(is_on_network(node));
    const store::NetworkJob job = only_job();
    EXPECT_EQ(job.state, "done");
    EXPECT_EQ(job.attempts, 1);
    EXPECT_EQ(job.finished_at, now());
    EXPECT_EQ(job.last_error, std::nullopt);
    EXPECT_FALSE(has_evidence(id, "network_connection"));
    EXPECT_EQ(m_database.count("network_memberships"), 0);
    EXPECT_EQ(column(id, "status"), "revoked");
    EXPECT_EQ(column(id, "trust_level"), "low");
    EXPECT_EQ(events_of(id).back(), "network_removed");
    for (const std::string& part :
         {std::string(R"("kind":"remove_node")"), node, std::string(R"("attempts":1)")}) {
        EXPECT_TRUE(last_details_of(id).contains(part)) << last_details_of(id);
    }
    EXPECT_EQ(deliver(), 0) << "done is done";
    EXPECT_TRUE(m_metrics.text().contains(
        R"(muster_network_job_attempts_total{kind="remove_node",outcome="ok"} 1)"))
        << m_metrics.text();
}

TEST_F(Outbox, RevokesAnUnusedKey) {
    const Pending pending = verified_device("fp-1");
    revoke(pending.device_id);
    EXPECT_EQ(only_job().kind, store::JobKind::revoke_key);
    advance(1s);
    EXPECT_EQ(deliver(), 1);
    EXPECT_EQ(only_job().state, "done");
    EXPECT_EQ(events_of(pending.device_id).back(), "network_removed");
    EXPECT_EQ(m_database.count("network_memberships"), 0);
    advance(1h);
    EXPECT_TRUE(fakes::run(m_network->list_nodes(soon())).value().empty());
}

TEST_F(Outbox, RemovesTheNodeThatWasQuickerThanTheKeysRevocation) {
    const Pending pending = verified_device("fp-1");
    revoke(pending.device_id);
    advance(join_delay);
    ASSERT_EQ(fakes::run(m_network->list_nodes(soon())).value().size(), 1U);
    EXPECT_EQ(deliver(), 1);
    EXPECT_TRUE(fakes::run(m_network->list_nodes(soon())).value().empty());
    EXPECT_EQ(only_job().state, "done");
}

TEST_F(Outbox, WhatHasWaitedLongestComesFirst) {
    std::vector<std::string> revoked;
    for (const char* const name : {"fp-3", "fp-1", "fp-2"}) {
        revoked.push_back(connected_device(name));
    }
    for (const std::string& id : revoked) {
        advance(1s);
        revoke(id);
    }
    advance(1s);
    std::vector<std::string> claimed;
    for (const store::NetworkJob& job : claim()) claimed.push_back(job.device_id);
    EXPECT_EQ(claimed, revoked);
}

TEST_F(Outbox, ARevocationWithoutANetworkHasNoJob) {
    const Pending pending = issue_token();
    revoke(pending.device_id);
    EXPECT_EQ(m_database.count("network_jobs"), 0);
    EXPECT_EQ(deliver(), 0);
}

TEST_F(Outbox, TriesAgainLaterAndLater) {
    const std::string id = connected_device("fp-1");
    const std::string node = node_of(id);
    revoke(id);
    networks::SimulatedFaults down;
    down.fail_next = 4;
    m_network->set_faults(down);
    const struct {
        const char* name;
        std::chrono::milliseconds shortest;
        std::chrono::milliseconds longest;
    } attempts[] = {
        {"first", 500ms, 1s}, {"second", 1s, 2s}, {"third", 2s, 4s}, {"fourth", 4s, 8s}};
    int number = 0;
    for (const auto& c : attempts) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(deliver(), 1);
        const store::NetworkJob job = only_job();
        EXPECT_EQ(job.state, "waiting");
        EXPECT_EQ(job.attempts, ++number);
        EXPECT_EQ(job.last_error, "network_unreachable");
        EXPECT_EQ(job.finished_at, std::nullopt);
        EXPECT_GE(job.next_attempt_at, now() + c.shortest);
        EXPECT_LE(job.next_attempt_at, now() + c.longest);
        EXPECT_TRUE(has_evidence(id, "network_connection"));
        EXPECT_EQ(removals_of(id), 0);
        m_database.clock.set(job.next_attempt_at - tick);
        EXPECT_EQ(deliver(), 0) << "before its time";
        m_database.clock.set(job.next_attempt_at);
    }
    EXPECT_TRUE(is_on_network(node));
    EXPECT_EQ(deliver(), 1);
    EXPECT_EQ(only_job().state, "done");
    EXPECT_EQ(only_job().attempts, 5);
    EXPECT_EQ(only_job().last_error, std::nullopt);
    EXPECT_FALSE(is_on_network(node));
    EXPECT_TRUE(last_details_of(id).contains(R"("attempts":5)")) << last_details_of(id);
}

TEST_F(Outbox, FaultsThatAreHealedByTheNextAttempt) {
    struct Case {
        const char* name;
        networks::SimulatedFaults faults;
        bool used_key;  ///< the device is on the network; otherwise it only has a key
        bool takes_effect;
    };
    const Case cases[] = {
        {"removal fails", {.fail_next = 1}, true, false},
        {"removal's answer is lost", {.lose_answer_next = 1}, true, true},
        {"removal's answer is late", {.delay = 1h}, true, true},
        {"revocation of a key fails", {.fail_next = 1}, false, false},
        {"its answer is lost", {.lose_answer_next = 1}, false, true},
        {"both of its answers are lost", {.lose_answer_next = 2}, false, true},
    };
    m_options.call_timeout = 20ms;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const std::string fingerprint = "fp-" + std::to_string(&c - cases);
        const std::string id =
            c.used_key ? connected_device(fingerprint) : verified_device(fingerprint).device_id;
        const std::string node = node_of(id);
        revoke(id);
        m_network->set_faults(c.faults);
        ASSERT_EQ(deliver(), 1);
        EXPECT_EQ(removals_of(id), 0) << "nobody has said that it is gone";
        m_network->set_faults({});
        if (c.used_key) {
            EXPECT_EQ(is_on_network(node), !c.takes_effect);
        }

        m_options.call_timeout = 10s;
        for (int round = 0; round < 3 && removals_of(id) == 0; ++round) {
            advance(10min);
            ASSERT_EQ(deliver(), 1);
        }
        EXPECT_EQ(removals_of(id), 1);
        EXPECT_EQ(m_database.count("network_jobs WHERE state <> 'done'"), 0);
        EXPECT_TRUE(fakes::run(m_network->list_nodes(soon())).value().empty());
        EXPECT_EQ(deliver(), 0);
        m_options.call_timeout = 20ms;
    }
}

TEST_F(Outbox, AJobWhoseWorkerDiedIsDueAgainAfterTheLease) {
    const std::string id = connected_device("fp-1");
    revoke(id);
    ASSERT_EQ(claim_and_die(), 1U);
    EXPECT_EQ(only_job().attempts, 1);
    EXPECT_EQ(deliver(), 0);
    advance(m_options.lease - tick);
    EXPECT_EQ(deliver(), 0) << "the lease still runs";
    advance(tick);
    EXPECT_EQ(deliver(), 1);
    EXPECT_EQ(only_job().state, "done");
    EXPECT_EQ(only_job().attempts, 2);
    EXPECT_EQ(removals_of(id), 1);
}

TEST_F(Outbox, ACancelledJobIsNotDelivered) {
    const std::string id = connected_device("fp-1");
    revoke(id);
    EXPECT_EQ(reactivate(id).status, core::DeviceStatus::active);
    EXPECT_EQ(deliver(), 0);
    EXPECT_EQ(only_job().state, "cancelled");
    EXPECT_TRUE(is_on_network(node_of(id)));
    EXPECT_EQ(column(id, "trust_level"), "high");
}

TEST_F(Outbox, AJobThatWasFinishedMeanwhileLeavesNoSecondEvent) {
    const std::string id = connected_device("fp-1");
    revoke(id);
    ASSERT_EQ(claim_and_die(), 1U);
    const store::NetworkJob claimed = only_job();
    advance(m_options.lease);
    ASSERT_EQ(deliver(), 1);
    // The worker that was believed dead comes back with its answer.
    const bool finished =
        act(m_tools.server, [&](store::Transaction& transaction, const app::Context& context) {
            return app::finish_job(transaction, context, claimed);
        });
    EXPECT_FALSE(finished);
    EXPECT_EQ(removals_of(id), 1);
}

TEST_F(Outbox, ADeletedDeviceLeavesItsNetwork) {
    const struct {
        const char* name;
        bool used_key;
        store::JobKind kind;
    } cases[] = {{"with a node", true, store::JobKind::remove_node},
                 {"with a key", false, store::JobKind::revoke_key}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const std::string id =
            c.used_key ? connected_device("fp-1") : verified_device("fp-2").device_id;
        act(m_owner, [&](store::Transaction& transaction, const app::Context& context) {
            return app::delete_device(transaction, context, id);
        });
        const auto kinds = m_database.rows(
            "SELECT kind FROM network_jobs WHERE device_id = $1 AND state = 'waiting'", id);
        ASSERT_EQ(kinds.size(), 1U);
        EXPECT_EQ(kinds.at(0).text(0), to_text(c.kind));
        EXPECT_EQ(deliver(), 1);
        EXPECT_EQ(m_database.count("network_jobs WHERE state <> 'done'"), 0);
        advance(join_delay);
        EXPECT_TRUE(fakes::run(m_network->list_nodes(soon())).value().empty());
    }
}

TEST_F(Outbox, WaitsForANetworkThatIsNotConfigured) {
    const std::string id = connected_device("fp-1");
    revoke(id);
    use_network(nullptr);
    EXPECT_EQ(deliver(), 1);
    EXPECT_EQ(only_job().state, "waiting");
    EXPECT_EQ(only_job().last_error, "network_not_configured");
    use_network(m_network.get());
    m_database.sql("UPDATE network_jobs SET network = 'tailscale', next_attempt_at = now()");
    EXPECT_EQ(deliver(), 1);
    EXPECT_EQ(only_job().last_error, "network_not_configured") << "another network's job";
    EXPECT_TRUE(is_on_network(node_of(id)));
    m_database.sql("UPDATE network_jobs SET network = 'simulated', next_attempt_at = now()");
    EXPECT_EQ(deliver(), 1);
    EXPECT_EQ(only_job().state, "done");
}

TEST_F(Outbox, ABatchIsNotExceeded) {
    m_options.batch = 2;
    for (const char* const fingerprint : {"fp-1", "fp-2", "fp-3"}) {
        revoke(connected_device(fingerprint));
    }
    EXPECT_EQ(deliver(), 2);
    EXPECT_EQ(m_database.count("network_jobs WHERE state = 'done'"), 2);
    EXPECT_EQ(deliver(), 1);
    EXPECT_EQ(m_database.count("network_jobs WHERE state = 'done'"), 3);
    EXPECT_EQ(deliver(), 0);
}

TEST_F(Outbox, OneFailureDoesNotKeepTheOthersBack) {
    for (const char* const fingerprint : {"fp-1", "fp-2", "fp-3"}) {
        revoke(connected_device(fingerprint));
    }
    networks::SimulatedFaults once;
    once.fail_next = 1;
    m_network->set_faults(once);
    EXPECT_EQ(deliver(), 3);
    EXPECT_EQ(m_database.count("network_jobs WHERE state = 'done'"), 2);
    EXPECT_EQ(m_database.count("network_jobs WHERE last_error = 'network_unreachable'"), 1);
}

TEST_F(Outbox, TheOldNodesRemovalLeavesANewEnrolmentAlone) {
    const std::string id = connected_device("fp-1");
    const std::string old_node = node_of(id);
    revoke(id);
    networks::SimulatedFaults once;
    once.fail_next = 1;
    m_network->set_faults(once);
    ASSERT_EQ(deliver(), 1);
    const app::ReactivatedDevice again = reactivate(id);
    ASSERT_EQ(again.status, core::DeviceStatus::pending) << "the removal may be under way";
    verify({id, again.token.value().token.reveal()}, "fp-new");
    advance(join_delay);
    confirm(id);
    const std::string new_node = node_of(id);
    ASSERT_NE(new_node, old_node);

    advance(1min);
    EXPECT_EQ(deliver(), 1);
    EXPECT_FALSE(is_on_network(old_node));
    EXPECT_TRUE(is_on_network(new_node));
    EXPECT_EQ(column(id, "status"), "active");
    EXPECT_EQ(column(id, "trust_level"), "high");
    EXPECT_TRUE(has_evidence(id, "network_connection"));
    EXPECT_EQ(m_database.count("network_memberships"), 1);
}

}  // namespace
}  // namespace muster::jobs
