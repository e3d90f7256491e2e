// Containment and overlap: PostgreSQL 15's own examples and the corners beside them.
// SPDX-License-Identifier: Apache-2.0
#include "store/json_match.hpp"

#include <gtest/gtest.h>

namespace muster::store {
namespace {

TEST(JsonMatch, JsonbContains) {
    const struct {
        const char* a;
        const char* b;
        bool expected;
    } cases[] = {
        {R"("foo")", R"("foo")", true},
        {"[1, 2, 3]", "[1, 3]", true},
        {"[1, 2, 3]", "[3, 1]", true},
        {"[1, 2, 3]", "[1, 2, 2]", true},
        {"[1, 2, 3]", "[4]", false},
        {"[1, 2]", "[]", true},
        {R"({"a":1,"b":2})", R"({"b":2})", true},
        {R"({"a":1,"b":2})", R"({"b":3})", false},
        {R"({"a":1})", R"({"c":1})", false},
        {R"({"a":1})", "{}", true},
        {"[1, 2, [1, 3]]", "[1, 3]", false},
        {"[1, 2, [1, 3]]", "[[1, 3]]", true},
        {R"({"foo": {"bar": "baz"}})", R"({"bar": "baz"})", false},
        {R"({"foo": {"bar": "baz"}})", R"({"foo": {}})", true},
        {R"(["foo", "bar"])", R"("bar")", true},
        {R"("bar")", R"(["bar"])", false},
        {R"({"a":["x","y"]})", R"({"a":["x"]})", true},
        {R"({"a":["x","y"]})", R"({"a":"x"})", false},
        {R"([{"a":1,"b":2}])", R"([{"a":1}])", true},
        {R"([{"a":1},{"b":2}])", R"([{"a":1,"b":2}])", false},
        {"[]", "{}", false},
        {"{}", "[]", false},
        {"null", "null", true},
        {"[null]", "null", true},
        {"1", "1.0", true},
        {"[1e0]", "[1]", true},
        {"1", R"("1")", false},
        {"true", "1", false},
        {"18446744073709551615", "-1", false},
    };
    for (const auto& c : cases) {
        const auto a = parse_json(c.a);
        const auto b = parse_json(c.b);
        ASSERT_TRUE(a && b) << c.a << c.b;
        EXPECT_EQ(json_contains(*a, *b), c.expected) << c.a << " @> " << c.b;
    }
}

TEST(JsonMatch, DepthAndCostAreBounded) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(parse_json(nested(json_depth_max)).has_value());
    EXPECT_FALSE(parse_json(nested(json_depth_max + 1)).has_value());
    EXPECT_FALSE(parse_json("").has_value());
    EXPECT_FALSE(parse_json("{").has_value());
    // The operand's elements, one by one, against all of the value's but the last.
    boost::json::array value(json_steps_max / 1'000 - 1, 1);
    value.emplace_back(2);
    EXPECT_EQ(json_contains(value, boost::json::array(990, 2)), true);
    EXPECT_EQ(json_contains(value, boost::json::array(1'000, 2)), std::nullopt);
}

TEST(JsonMatch, ArraysOfTexts) {
    const struct {
        const char* a;
        const char* b;
        bool contains, overlaps;
    } cases[] = {
        {R"(["a","b"])", R"(["a"])", true, true},  {R"(["a","b"])", R"(["b","a","b"])", true, true},
        {R"(["a"])", R"(["a","b"])", false, true}, {R"(["a"])", R"(["b"])", false, false},
        {R"(["a"])", "[]", true, false},           {"[]", "[]", true, false},
        {"[null]", "[null]", false, false},        {R"(["a",null])", R"(["a"])", true, true},
        {R"(["1"])", "[1]", true, true},           {R"([["a"],["b"]])", R"(["b"])", true, true},
    };
    for (const auto& c : cases) {
        const auto a = parse_text_array(c.a);
        const auto b = parse_text_array(c.b);
        ASSERT_TRUE(a && b) << c.a << c.b;
        EXPECT_EQ(array_contains(*a, *b), c.contains) << c.a << " @> " << c.b;
        EXPECT_EQ(arrays_overlap(*a, *b), c.overlaps) << c.a << " && " << c.b;
    }
    for (const char* text : {"", "{}", "\"a\"", "[", "{a,b}"}) {
        EXPECT_FALSE(parse_text_array(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace muster::store
