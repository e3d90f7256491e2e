// Attempts at guessing through several servers of one database, and through one that is alone.
// SPDX-License-Identifier: Apache-2.0
#include "api/attempts.hpp"

#include <array>

#include <gtest/gtest.h>

#include "fakes/run.hpp"
#include "store/test_database.hpp"

namespace muster::api {
namespace {

using namespace std::chrono_literals;

/// A server, as far as guessing goes.
struct Guarded {
    explicit Guarded(store::Store& store) : attempts(limits, store) {}

    RateLimits limits{RateLimits::Mode::on};
    Attempts attempts;
};

class AttemptsTest : public ::testing::Test {
protected:
    static core::Result<void> take(Guarded& server, const std::string& key) {
        return fakes::run(taken(server.attempts, key));
    }
    static void give_back(Guarded& server, const std::string& key) {
        fakes::run(given_back(server.attempts, key));
    }
    static double burst() { return limit_row(limit).burst; }

    static constexpr Limit limit = Limit::password_account;
    store::TestDatabase m_database;

private:
    static boost::asio::awaitable<core::Result<void>> taken(Attempts& attempts, std::string key) {
        co_return co_await attempts.take(limit, std::move(key));
    }
    static boost::asio::awaitable<bool> given_back(Attempts& attempts, std::string key) {
        co_await attempts.give_back(limit, std::move(key));
        co_return true;
    }
};

TEST_F(AttemptsTest, OneServer) {
    Guarded server(m_database.store());
    for (int i = 0; i < burst(); ++i) ASSERT_TRUE(take(server, "a")) << i;
    const auto refused = take(server, "a");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Code::rate_limited);
    EXPECT_EQ(refused.error().field, limit_row(limit).name);
    EXPECT_GE(refused.error().retry_after, 1s);
    EXPECT_LE(refused.error().retry_after, 30s);
    EXPECT_FALSE(server.attempts.check(limit, "a")) << "it knows without asking";
    EXPECT_TRUE(take(server, "b"));
    give_back(server, "a");
    EXPECT_TRUE(take(server, "a"));
}

TEST_F(AttemptsTest, ThreeServersLetThroughWhatOneDoes) {
    if (!m_database.store().is_shared()) GTEST_SKIP() << "SQLite has one server";
    Guarded one(m_database.store());
    Guarded two(m_database.store());
    Guarded three(m_database.store());
    const std::array<Guarded*, 3> servers{&one, &two, &three};
    int allowed = 0;
    for (int i = 0; i < 90; ++i) {
        if (take(*servers.at(static_cast<std::size_t>(i) % 3), "a")) ++allowed;
    }
    EXPECT_EQ(allowed, burst());
    for (Guarded* const server : servers) EXPECT_FALSE(server->attempts.check(limit, "a"));
}

TEST_F(AttemptsTest, HonestAttemptsOnOneServerCostTheOthersNothing) {
    if (!m_database.store().is_shared()) GTEST_SKIP() << "SQLite has one server";
    Guarded one(m_database.store());
    Guarded two(m_database.store());
    for (int i = 0; i < 3 * burst(); ++i) {
        ASSERT_TRUE(take(one, "a")) << i;
        give_back(one, "a");
    }
    for (int i = 0; i < burst(); ++i) ASSERT_TRUE(take(two, "a")) << i;
    EXPECT_FALSE(take(two, "a"));
}

TEST_F(AttemptsTest, WhatCannotBeCountedIsNotAllowed) {
    if (!m_database.store().is_shared()) GTEST_SKIP() << "SQLite has one server";
    m_database.define("DROP TABLE muster.attempts CASCADE");
    Guarded server(m_database.store());
    EXPECT_ANY_THROW(static_cast<void>(take(server, "a"))) << "an answer would be an open door";
}

TEST_F(AttemptsTest, SwitchedOffNothingIsCounted) {
    RateLimits off(RateLimits::Mode::off);
    Attempts attempts(off, m_database.store());
    const auto take_many = [](Attempts& from) -> boost::asio::awaitable<bool> {
        for (int i = 0; i < 100; ++i) {
            const auto allowed = co_await from.take(limit, "a");
            if (!allowed) co_return false;
            co_await from.give_back(limit, "a");
        }
        co_return true;
    };
    EXPECT_TRUE(fakes::run(take_many(attempts)));
    EXPECT_EQ(off.bucket_count(), 0U);
    if (m_database.store().is_shared()) {
        EXPECT_EQ(m_database.count("attempts"), 0);
    }
}

TEST(RateLimitMemory, AnEmptyBucketIsBelievedForAMoment) {
    constexpr std::chrono::steady_clock::time_point start{};
    constexpr Limit limit = Limit::password_account;  // one in 30 s
    RateLimits limits(RateLimits::Mode::on);
    EXPECT_TRUE(limits.recall(limit, "a", start)) << "nothing is known";
    EXPECT_TRUE(limits.learn(limit, "a", 3, start));
    EXPECT_TRUE(limits.recall(limit, "a", start));
    const auto refused = limits.learn(limit, "a", -0.5, start);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().retry_after, 15s);
    EXPECT_FALSE(limits.recall(limit, "a", start + rate_limit_memory));
    EXPECT_TRUE(limits.recall(limit, "a", start + rate_limit_memory + 1ms)) << "ask again";
    EXPECT_FALSE(limits.check(limit, "a", start + rate_limit_memory + 1ms));
    EXPECT_TRUE(limits.check(limit, "a", start + 16s));
}

}  // namespace
}  // namespace muster::api
