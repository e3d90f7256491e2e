// The vectors of RFC 6238 appendix B, and which codes are good when.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/totp.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace muster::crypto {
namespace {

constexpr std::string_view rfc_key = "12345678901234567890";

}  // namespace

TEST(Totp, Rfc6238) {
    const struct {
        std::int64_t seconds;
        const char* code;  ///< the last six of the eight digits that the RFC prints
    } cases[] = {
        {59, "287082"},
        {1'111'111'109, "081804"},
        {1'111'111'111, "050471"},
        {1'234'567'890, "005924"},
        {2'000'000'000, "279037"},
        {20'000'000'000, "353130"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.seconds);
        const std::int64_t step =
            totp_step(std::chrono::sys_seconds(std::chrono::seconds(c.seconds)));
        EXPECT_EQ(step, c.seconds / 30);
        EXPECT_EQ(totp_code(base::bytes_of(rfc_key), step), c.code);
    }
}

TEST(Totp, WhichCodesAreGood) {
    constexpr std::int64_t now = 1'000;
    const auto code = [](std::int64_t step) { return totp_code(base::bytes_of(rfc_key), step); };
    const struct {
        const char* name;
        std::string code;
        std::int64_t last_used;
        std::optional<std::int64_t> step;
    } cases[] = {
        {"of now", code(now), 0, now},
        {"of the period before", code(now - 1), 0, now - 1},
        {"of the period after", code(now + 1), 0, now + 1},
        {"two before", code(now - 2), 0, std::nullopt},
        {"two after", code(now + 2), 0, std::nullopt},
        {"used already", code(now), now, std::nullopt},
        {"the one before a used one", code(now - 1), now, std::nullopt},
        {"the one after a used one", code(now + 1), now, now + 1},
        {"empty", "", 0, std::nullopt},
        {"a digit short", code(now).substr(1), 0, std::nullopt},
        {"a digit too many", code(now) + "0", 0, std::nullopt},
        {"letters", "abcdef", 0, std::nullopt},
        {"with a blank", code(now).substr(0, 3) + " " + code(now).substr(3), 0, std::nullopt},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(find_totp_step(base::bytes_of(rfc_key), c.code, now, c.last_used), c.step);
    }
    EXPECT_FALSE(find_totp_step(base::bytes_of("another key"), code(now), now, 0));
}

}  // namespace muster::crypto
