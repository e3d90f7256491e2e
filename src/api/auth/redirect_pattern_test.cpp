// Patterns, and that none of them is slow.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/redirect_pattern.hpp"

#include <string>

#include <gtest/gtest.h>

namespace muster::api {
namespace {

TEST(RedirectPattern, Matches) {
    const struct {
        const char* pattern;
        const char* text;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"abc", "abc", true},
        {"abc", "ab", false},
        {"abc", "abcd", false},
        {"a*c", "ac", true},
        {"a*c", "abbbc", true},
        {"a*c", "ab/c", false},
        {"a*c", "ab.c", false},
        {"a*", "a", true},
        {"*", "", true},
        {"a**c", "ac", true},
        {"a**c", "a/b.c", true},
        {"**", "https://a.test/b", true},
        {"a***c", "a/b/c", true},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"a?c", "a/c", false},
        {"a?c", "a.c", false},
        {"a[bc]d", "abd", true},
        {"a[bc]d", "acd", true},
        {"a[bc]d", "add", false},
        {"a[b-d]e", "ace", true},
        {"a[b-d]e", "aee", false},
        {"a[!b-d]e", "axe", true},
        {"a[!b-d]e", "ace", false},
        {"a[b-]c", "a-c", true},
        {"[\x80-\xff]", "\xc3", true},
        {"a[]b]c", "a]c", true},
        {"a[b", "a[b", true},
        {"a\\*c", "a*c", true},
        {"a\\*c", "abc", false},
        {"a\\", "a\\", true},
        {"a.c", "abc", false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(std::string(c.pattern) + " on " + c.text);
        EXPECT_EQ(matches_redirect_pattern(c.pattern, c.text), c.matches);
    }
}

TEST(RedirectPattern, NoPatternIsSlow) {
    std::string pattern;
    for (int i = 0; i < 50; ++i) pattern += "a**";
    EXPECT_FALSE(matches_redirect_pattern(pattern + "b", std::string(4'000, 'a')));
    EXPECT_TRUE(matches_redirect_pattern(pattern, std::string(4'000, 'a')));
}

}  // namespace
}  // namespace muster::api
