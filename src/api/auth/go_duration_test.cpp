// Go's durations: what is one, and the longest.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/go_duration.hpp"

#include <gtest/gtest.h>

namespace muster::api {
namespace {

using namespace std::chrono_literals;

TEST(GoDuration, Forms) {
    const struct {
        const char* text;
        std::optional<std::chrono::microseconds> expected;
    } cases[] = {
        {"0", 0us},
        {"0s", 0us},
        {"300ms", 300ms},
        {"1.5h", 90min},
        {".5s", 500ms},
        {"2h45m10s", 2h + 45min + 10s},
        {"1us", 1us},
        {"1\u00b5s", 1us},
        {"1000ns", 1us},
        {"876600h", 876'600h},
        {"876600h1s", std::nullopt},
        {"876601h", std::nullopt},
        {"99999999999999999999999999h", std::nullopt},
        {"", std::nullopt},
        {"1", std::nullopt},
        {"h", std::nullopt},
        {"1d", std::nullopt},
        {"1 h", std::nullopt},
        {"-1h", std::nullopt},
        {"+1h", std::nullopt},
        {"1.2.3h", std::nullopt},
        {"1e3h", std::nullopt},
        {".h", std::nullopt},
        {"infh", std::nullopt},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(parse_go_duration(c.text), c.expected);
    }
    EXPECT_EQ(go_duration_max, 876'600h);
}

}  // namespace
}  // namespace muster::api
