// Waiting times between attempts.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/backoff.hpp"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "fakes/random.hpp"

namespace muster::jobs {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class SameByte final : public base::Random {
public:
    explicit SameByte(std::byte value) : m_value(value) {}
    void fill(std::span<std::byte> out) override { std::ranges::fill(out, m_value); }

private:
    std::byte m_value;
};

TEST(Backoff, DoublesUpToTheLongest) {
    struct Case {
        const char* name;
        Backoff backoff;
        int attempts;
        milliseconds shortest;
        milliseconds longest;
    };
    const Case cases[] = {
        {"first failure", {}, 1, 500ms, 1s},
        {"second", {}, 2, 1s, 2s},
        {"third", {}, 3, 2s, 4s},
        {"the last below the longest", {}, 10, 256s, 512s},
        {"the first beyond it", {}, 11, 300s, 600s},
        {"very often", {}, 1'000, 300s, 600s},
        {"as often as an int can say", {}, std::numeric_limits<int>::max(), 300s, 600s},
        {"never tried counts as once", {}, 0, 500ms, 1s},
        {"other settings", {100ms, 350ms}, 2, 100ms, 200ms},
        {"other settings, at the longest", {100ms, 350ms}, 3, 175ms, 350ms},
        {"longest below first", {1s, 10ms}, 1, 5ms, 10ms},
        {"the longest that a setting takes",
         {std::chrono::days(36'500), std::chrono::days(36'500)},
         99,
         std::chrono::days(18'250),
         std::chrono::days(36'500)},
    };
    SameByte all_off{std::byte{0xff}};
    SameByte none_off{std::byte{0}};
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(wait_after(c.backoff, c.attempts, none_off), c.shortest);
        EXPECT_EQ(wait_after(c.backoff, c.attempts, all_off), c.longest);
    }
}

TEST(Backoff, JitterStaysWithinItsHalfAndUsesIt) {
    fakes::FakeRandom random;
    milliseconds least = milliseconds::max();
    milliseconds most{0};
    for (int i = 0; i < 1'000; ++i) {
        const milliseconds wait = wait_after({}, 5, random);
        ASSERT_GE(wait, 8s);
        ASSERT_LE(wait, 16s);
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    EXPECT_LT(least, 9s);
    EXPECT_GT(most, 15s);
}

}  // namespace
}  // namespace muster::jobs
