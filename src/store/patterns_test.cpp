// LIKE and regular expressions as PostgreSQL has them, and what a hostile pattern costs.
// SPDX-License-Identifier: Apache-2.0
#include "store/patterns.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace muster::store {
namespace {

TEST(Patterns, LikeMatches) {
    const struct {
        const char* value;
        const char* pattern;
        bool exact, folded;
    } cases[] = {
        {"", "", true, true},
        {"", "%", true, true},
        {"", "_", false, false},
        {"abc", "abc", true, true},
        {"abc", "ABC", false, true},
        {"abc", "ab", false, false},
        {"ab", "abc", false, false},
        {"abc", "a%", true, true},
        {"abc", "%c", true, true},
        {"abc", "%b%", true, true},
        {"abc", "%x%", false, false},
        {"abc", "a_c", true, true},
        {"abc", "a_", false, false},
        {"abc", "%_%_%_%", true, true},
        {"abc", "%_%_%_%_%", false, false},
        {"ababac", "%abac", true, true},
        {"mississippi", "m%iss%pi", true, true},
        {"mississippi", "m%iss%xi", false, false},
        {"100%", "100\\%", true, true},
        {"1000", "100\\%", false, false},
        {"a_c", "a\\_c", true, true},
        {"abc", "a\\_c", false, false},
        {"a\\c", "a\\\\c", true, true},
        {"abc", "a\\bc", true, true},
        {"añb", "a_b", true, true},
        {"a€b", "a_b", true, true},
        {"a\U0001F600b", "a_b", true, true},
        {"a\U0001F600b", "a__b", false, false},
        {"ÑANDÚ", "ñandú", false, true},
        {"ñandú", "Ñ%Ú", false, true},
        {"×", "÷", false, false},
        {"\xFF", "_", true, true},
        {"\xFF", "\xFE", false, false},
        {"\xE2\x82", "__", true, true},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(is_like(c.value, c.pattern, LetterCase::exact), c.exact)
            << c.value << " like " << c.pattern;
        EXPECT_EQ(is_like(c.value, c.pattern, LetterCase::folded), c.folded)
            << c.value << " ilike " << c.pattern;
    }
}

TEST(Patterns, LikeFaults) {
    EXPECT_FALSE(like_fault("").has_value());
    EXPECT_FALSE(like_fault("a\\\\").has_value());
    EXPECT_FALSE(like_fault(std::string(like_length_max, 'a')).has_value());
    EXPECT_TRUE(like_fault(std::string(like_length_max + 1, 'a')).has_value());
    EXPECT_EQ(like_fault("a\\"), "LIKE pattern must not end with escape character");
    EXPECT_TRUE(like_fault("\\\\\\").has_value());
    EXPECT_TRUE(is_like("a\\", "a\\", LetterCase::exact)) << "and it is bounded all the same";
}

TEST(Patterns, AHostilePatternTakesPolynomialTime) {
    const std::string value(20'000, 'a');
    std::string pattern;
    for (int i = 0; i < 50; ++i) pattern += "%a";
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(is_like(value, pattern + "b", LetterCase::exact));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(Patterns, RegularExpressionsMatch) {
    const struct {
        const char* value;
        const char* pattern;
        bool exact, folded;
    } cases[] = {
        {"abc", "b", true, true},      {"abc", "^b", false, false},
        {"abc", "B", false, true},     {"abc", "^a.c$", true, true},
        {"a\nc", "^a.c$", true, true}, {"a\nb", "^b", false, false},
        {"ñ", "^.$", true, true},      {"ñ", "Ñ", false, true},
        {"", "", true, true},          {"a1", "[[:digit:]]", true, true},
    };
    for (const auto& c : cases) {
        const auto exact = Regex::compile(c.pattern, LetterCase::exact);
        const auto folded = Regex::compile(c.pattern, LetterCase::folded);
        ASSERT_TRUE(exact && folded) << c.pattern;
        EXPECT_EQ(exact->is_match(c.value), c.exact) << c.value << " ~ " << c.pattern;
        EXPECT_EQ(folded->is_match(c.value), c.folded) << c.value << " ~* " << c.pattern;
    }
}

TEST(Patterns, RegexFaults) {
    for (const char* pattern : {"a", "", "(a|b)*c", "a{1000}"}) {
        EXPECT_FALSE(regex_fault(pattern).has_value()) << pattern;
    }
    for (const char* pattern : {"(", "a**", "[z-a]", "(?=a)", "(a)\\1", "a{1001}", "\\", "\xFF",
                                "((a{100}){100}){100}"}) {
        const auto fault = regex_fault(pattern);
        ASSERT_TRUE(fault.has_value()) << pattern;
        EXPECT_TRUE(fault->starts_with("invalid regular expression: ")) << *fault;
        EXPECT_FALSE(Regex::compile(pattern, LetterCase::exact).has_value()) << pattern;
    }
    EXPECT_FALSE(regex_fault(std::string(regex_length_max, 'a')).has_value());
    EXPECT_TRUE(regex_fault(std::string(regex_length_max + 1, 'a')).has_value());
    EXPECT_FALSE(Regex::compile(std::string(regex_length_max + 1, 'a'), LetterCase::exact));
}

TEST(Patterns, AHostileRegexTakesLinearTime) {
    const auto regex = Regex::compile("^(a+)+$", LetterCase::exact);
    ASSERT_TRUE(regex.has_value());
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(regex->is_match(std::string(100'000, 'a') + "b"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace muster::store
