// Tests of base/clock.
// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace muster::base {

TEST(SystemClock, IsTheSystemsTimeOfDay) {
    using std::chrono::system_clock;
    const auto before = std::chrono::floor<std::chrono::microseconds>(system_clock::now());
    const auto now = SystemClock().now();
    EXPECT_LE(before, now);
    EXPECT_LE(now, system_clock::now());
}

}  // namespace muster::base
