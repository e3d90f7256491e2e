// Buckets: how they empty, refill, and are forgotten. Time is an argument.
// SPDX-License-Identifier: Apache-2.0
#include "api/rate_limits.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace muster::api {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::steady_clock::time_point start{};

const LimitRow& row_of(Limit limit) {
    return *std::ranges::find(limit_table(), limit, &LimitRow::limit);
}

/// Takes until it is refused; how often it was not.
int drain(RateLimits& limits, Limit limit, std::string_view key,
          std::chrono::steady_clock::time_point now) {
    int taken = 0;
    while (taken < 10'000 && limits.take(limit, key, now)) ++taken;
    return taken;
}

TEST(RateLimits, EveryLimitHasItsBurstAndItsRefill) {
    for (const LimitRow& row : limit_table()) {
        SCOPED_TRACE(std::string(row.name));
        RateLimits limits(RateLimits::Mode::on);
        EXPECT_EQ(drain(limits, row.limit, "a", start), static_cast<int>(row.burst));
        const auto refused = limits.take(row.limit, "a", start);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, core::Code::rate_limited);
        EXPECT_EQ(refused.error().field, row.name);
        EXPECT_GE(refused.error().retry_after, 1s);

        const auto one = std::chrono::duration_cast<std::chrono::nanoseconds>(60s / row.per_minute);
        EXPECT_FALSE(limits.take(row.limit, "a", start + one - 1ms));
        EXPECT_TRUE(limits.take(row.limit, "a", start + one + 1ms));
        EXPECT_FALSE(limits.take(row.limit, "a", start + one + 1ms));
        EXPECT_EQ(drain(limits, row.limit, "a", start + 24h), static_cast<int>(row.burst))
            << "it never holds more than its burst";
    }
}

TEST(RateLimits, WhoWaitsAsToldIsLetIn) {
    for (const LimitRow& row : limit_table()) {
        SCOPED_TRACE(std::string(row.name));
        RateLimits limits(RateLimits::Mode::on);
        drain(limits, row.limit, "a", start);
        const auto refused = limits.take(row.limit, "a", start + 500ms);
        ASSERT_FALSE(refused);
        EXPECT_TRUE(limits.take(row.limit, "a", start + 500ms + refused.error().retry_after));
    }
}

TEST(RateLimits, KeysAndLimitsAreApart) {
    RateLimits limits(RateLimits::Mode::on);
    drain(limits, Limit::password_address, "a", start);
    EXPECT_TRUE(limits.take(Limit::password_address, "b", start));
    EXPECT_TRUE(limits.take(Limit::password_account, "a", start));
    EXPECT_FALSE(limits.take(Limit::password_address, "a", start));
}

TEST(RateLimits, GivingBack) {
    RateLimits limits(RateLimits::Mode::on);
    const int burst = static_cast<int>(row_of(Limit::token_failures).burst);
    for (int i = 0; i < 10 * burst; ++i) {
        ASSERT_TRUE(limits.take(Limit::token_failures, "a", start)) << i;
        limits.give_back(Limit::token_failures, "a");
    }
    limits.give_back(Limit::token_failures, "a");
    limits.give_back(Limit::token_failures, "never seen");
    EXPECT_EQ(drain(limits, Limit::token_failures, "a", start), burst) << "never more than full";
    limits.give_back(Limit::token_failures, "a");
    EXPECT_TRUE(limits.take(Limit::token_failures, "a", start));
    EXPECT_FALSE(limits.take(Limit::token_failures, "a", start));
}

TEST(RateLimits, SwitchedOff) {
    RateLimits limits(RateLimits::Mode::off);
    EXPECT_EQ(drain(limits, Limit::password_account, "a", start), 10'000);
    EXPECT_EQ(limits.bucket_count(), 0U);
}

TEST(RateLimits, TheLongestUnusedBucketIsForgotten) {
    RateLimits limits(RateLimits::Mode::on);
    drain(limits, Limit::password_account, "oldest", start);
    drain(limits, Limit::password_account, "used again", start);
    for (std::size_t i = 2; i < rate_limit_buckets_max; ++i) {
        ASSERT_TRUE(limits.take(Limit::password_account, std::to_string(i), start));
    }
    EXPECT_EQ(limits.bucket_count(), rate_limit_buckets_max);
    EXPECT_FALSE(limits.take(Limit::password_account, "used again", start));
    ASSERT_TRUE(limits.take(Limit::password_account, "one past it", start));
    EXPECT_EQ(limits.bucket_count(), rate_limit_buckets_max);
    EXPECT_FALSE(limits.take(Limit::password_account, "used again", start));
    EXPECT_TRUE(limits.take(Limit::password_account, "oldest", start)) << "it starts anew";
    EXPECT_EQ(limits.bucket_count(), rate_limit_buckets_max);
}

TEST(RateLimits, Addresses) {
    const struct {
        const char* name;
        const char* address;
        const char* key;
    } cases[] = {
        {"IPv4", "192.0.2.7", "192.0.2.7"},
        {"another IPv4", "192.0.2.8", "192.0.2.8"},
        {"IPv6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"the same network", "2001:db8:1:2::1", "2001:db8:1:2::/64"},
        {"the next network", "2001:db8:1:3::1", "2001:db8:1:3::/64"},
        {"loopback", "::1", "::/64"},
        {"no address", "x", "x"},
        {"empty", "", ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(address_key(c.address), c.key);
    }
}

}  // namespace
}  // namespace muster::api
