// What several servers on one database do at the same moment: claims, turns. One server on SQLite
// passes the same tests.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "store/network_jobs.hpp"
#include "store/peers.hpp"
#include "store/test_database.hpp"

namespace muster::store {
namespace {

using namespace std::chrono_literals;

class SeveralServers : public ::testing::Test {
protected:
    std::vector<std::string> add_jobs(int count) {
        std::vector<std::string> ids;
        const auto done = m_database.store().write_now([&](Transaction& transaction) {
            for (int i = 0; i < count; ++i) {
                NetworkJob job;
                job.id = base::make_uuid(m_database.random, now());
                job.device_id = base::make_uuid(m_database.random, now());
                job.network = "simulated";
                job.target = fmt::format("node-{}", i);
                job.next_attempt_at = now() - 1s;
                job.created_at = now();
                insert_job(transaction, job);
                ids.push_back(job.id);
            }
            return core::Result<void>();
        });
        EXPECT_TRUE(done);
        return ids;
    }

    std::vector<NetworkJob> claim(int limit) {
        auto claimed = m_database.store().write_now([&](Transaction& transaction) {
            return core::Result<std::vector<NetworkJob>>(
                claim_jobs(transaction, now(), 30s, limit));
        });
        return std::move(claimed.value());
    }

    bool finish(const NetworkJob& job) {
        return m_database.store()
            .write_now([&](Transaction& transaction) {
                return core::Result<bool>(finish_job(transaction, job, "done", now()));
            })
            .value();
    }
    bool retry(const NetworkJob& job) {
        return m_database.store()
            .write_now([&](Transaction& transaction) {
                return core::Result<bool>(retry_job(transaction, job, now(), "x"));
            })
            .value();
    }

    core::Timestamp now() const { return m_database.clock.now(); }

    TestDatabase m_database;
};

TEST_F(SeveralServers, ConcurrentClaimersGetDifferentJobs) {
    constexpr int claimers = 4;
    const std::vector<std::string> made = add_jobs(60);
    std::vector<std::vector<NetworkJob>> claimed(claimers);
    std::vector<std::thread> threads;
    for (std::vector<NetworkJob>& mine : claimed) {
        threads.emplace_back([&] {
            for (int turn = 0; turn < 5; ++turn)
                std::ranges::move(claim(3), std::back_inserter(mine));
        });
    }
    for (std::thread& thread : threads) thread.join();
    std::set<std::string> ids;
    std::size_t count = 0;
    for (const std::vector<NetworkJob>& mine : claimed) {
        count += mine.size();
        for (const NetworkJob& job : mine) ids.insert(job.id);
    }
    EXPECT_EQ(ids.size(), count) << "a job was claimed twice";
    // Who comes while others hold rows may get fewer than it asked for; nobody gets more.
    while (true) {
        const auto rest = claim(50);
        if (rest.empty()) break;
        for (const NetworkJob& job : rest) EXPECT_TRUE(ids.insert(job.id).second);
    }
    EXPECT_EQ(ids, std::set<std::string>(made.begin(), made.end()));
}

TEST_F(SeveralServers, AClaimNeverTakesMoreThanItsLimit) {
    add_jobs(20);
    EXPECT_EQ(claim(7).size(), 7U);
    EXPECT_EQ(claim(20).size(), 13U);
    EXPECT_TRUE(claim(20).empty());
}

TEST_F(SeveralServers, AClaimWaitsForNoOther) {
    if (!m_database.store().is_shared()) GTEST_SKIP() << "SQLite has one writer";
    add_jobs(5);
    Gate gate;
    std::vector<NetworkJob> slow;
    std::thread other([&] {
        const auto done = m_database.store().write_now([&](Transaction& transaction) {
            slow = claim_jobs(transaction, now(), 30s, 3);
            gate.wait();
            return core::Result<void>();
        });
        EXPECT_TRUE(done);
    });
    gate.await_entry();
    const auto quick = claim(5);  // hangs here if it waits
    gate.open();
    other.join();
    EXPECT_EQ(slow.size(), 3U);
    EXPECT_EQ(quick.size(), 2U);
}

TEST_F(SeveralServers, ALateWorkerDoesNotTouchAnothersClaim) {
    add_jobs(1);
    const NetworkJob late = claim(1).at(0);
    EXPECT_TRUE(claim(1).empty()) << "leased";
    m_database.clock.advance(31s);
    const NetworkJob current = claim(1).at(0);
    EXPECT_EQ(current.id, late.id);
    EXPECT_EQ(current.attempts, late.attempts + 1);
    EXPECT_FALSE(finish(late));
    EXPECT_FALSE(retry(late));
    EXPECT_TRUE(claim(1).empty()) << "the late worker made it due again";
    EXPECT_TRUE(finish(current));
    EXPECT_FALSE(finish(current)) << "once";
}

TEST_F(SeveralServers, WhatIsMadeInTurnsIsMadeOnce) {
    constexpr int makers = 4;
    std::vector<std::thread> threads;
    for (int i = 0; i < makers; ++i) {
        threads.emplace_back([&] {
            const auto done = m_database.store().write_now([&](Transaction& transaction) {
                const auto found = transaction.one("SELECT count(*) FROM organizations");
                if (found->integer(0) > 0) return core::Result<void>();
                transaction.take_turns("a test");
                transaction.execute("INSERT INTO organizations (id, name) VALUES ($1, 'One')",
                                    base::make_uuid(m_database.random, now()));
                return core::Result<void>();
            });
            EXPECT_TRUE(done);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(m_database.count("organizations"), 1);
}

TEST(Peers, WhoIsAloneLeads) {
    EXPECT_TRUE(no_peers().leads());
}

}  // namespace
}  // namespace muster::store
