// Buckets in the database: how they empty, refill and are forgotten. On SQLite there are none.
// SPDX-License-Identifier: Apache-2.0
#include "store/attempts.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/test_database.hpp"

namespace muster::store {
namespace {

using namespace std::chrono_literals;

constexpr Bucket bucket{"a_limit", "a", 5, 2};  // one in 30 s

class AttemptsTable : public ::testing::Test {
protected:
    void SetUp() override {
        if (!m_database.store().is_shared()) GTEST_SKIP() << "only a shared database counts";
    }
    double take(const Bucket& from) {
        return m_database.store()
            .write_now([&](Transaction& transaction) {
                return core::Result<double>(take_attempt(transaction, from));
            })
            .value();
    }
    void give_back(const Bucket& to) {
        const auto done = m_database.store().write_now([&](Transaction& transaction) {
            give_back_attempt(transaction, to);
            return core::Result<void>();
        });
        ASSERT_TRUE(done);
    }
    int forget(int count_max) {
        return m_database.store()
            .write_now([&](Transaction& transaction) {
                return core::Result<int>(forget_full_buckets(transaction, count_max));
            })
            .value();
    }
    /// Takes until it is refused; how often it was not.
    int drain(const Bucket& from) {
        int taken = 0;
        while (taken < 1'000 && take(from) >= 0) ++taken;
        return taken;
    }

    TestDatabase m_database;
};

TEST_F(AttemptsTable, ABurstAndItsRefill) {
    for (double left = 4; left >= 0; --left) EXPECT_DOUBLE_EQ(take(bucket), left);
    EXPECT_DOUBLE_EQ(take(bucket), -1);
    m_database.clock.advance(15s);
    EXPECT_DOUBLE_EQ(take(bucket), -0.5) << "a refusal takes nothing";
    m_database.clock.advance(15s - 1ms);
    EXPECT_LT(take(bucket), 0);
    m_database.clock.advance(1ms);
    EXPECT_DOUBLE_EQ(take(bucket), 0);
    EXPECT_LT(take(bucket), 0);
    m_database.clock.advance(24h);
    EXPECT_EQ(drain(bucket), 5) << "it never holds more than its burst";
}

TEST_F(AttemptsTable, GivingBack) {
    for (int i = 0; i < 20; ++i) {
        ASSERT_GE(take(bucket), 0) << i;
        give_back(bucket);
    }
    give_back(bucket);
    give_back({"a_limit", "never seen", 5, 2});
    EXPECT_EQ(drain(bucket), 5) << "never more than full";
    give_back(bucket);
    EXPECT_EQ(drain(bucket), 1);
}

TEST_F(AttemptsTable, KeysAndLimitsAreApart) {
    drain(bucket);
    EXPECT_EQ(drain({"a_limit", "b", 5, 2}), 5);
    EXPECT_EQ(drain({"another", "a", 3, 2}), 3);
    EXPECT_LT(take(bucket), 0);
}

TEST_F(AttemptsTable, TakersAtTheSameMomentGetNoMoreThanOneAfterTheOther) {
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { taken += drain(bucket); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(taken, 5);
}

TEST_F(AttemptsTable, FullBucketsAreForgottenAndTheFullestBeyondTheMost) {
    for (int i = 0; i < 10; ++i) take({"a_limit", fmt::format("{}", i), 5, 2});
    for (int i = 0; i < 3; ++i) take({"a_limit", "worst", 5, 2});
    EXPECT_EQ(forget(11), 0);
    EXPECT_EQ(forget(4), 7);
    EXPECT_EQ(m_database.count("attempts"), 4);
    EXPECT_DOUBLE_EQ(take({"a_limit", "worst", 5, 2}), 1) << "the emptiest stays";
    m_database.clock.advance(31s);
    EXPECT_EQ(forget(11), 3);
    m_database.clock.advance(120s);
    EXPECT_EQ(forget(11), 1);
    EXPECT_EQ(m_database.count("attempts"), 0);
}

TEST_F(AttemptsTable, OnlyTheServerMayTouchThem) {
    take(bucket);
    for (const char* role : {"anon", "authenticated", "service_role"}) {
        SCOPED_TRACE(role);
        const Actor actor{.role = role};
        for (const char* statement :
             {"SELECT count(*) FROM muster.attempts", "DELETE FROM muster.attempts",
              "SELECT count(*) FROM muster.turns", "DELETE FROM muster.turns",
              "SELECT muster.take_attempt('a_limit', 'a', 5, 30)"}) {
            SCOPED_TRACE(statement);
            EXPECT_EQ(m_database.refusal_of(actor, statement), core::Code::permission_denied);
        }
    }
}

}  // namespace
}  // namespace muster::store
