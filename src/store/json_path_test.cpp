// Steps into JSON texts, and into texts that only look like it.
// SPDX-License-Identifier: Apache-2.0
#include "store/json_path.hpp"

#include <gtest/gtest.h>

namespace muster::store {
namespace {

using Found = std::optional<std::string_view>;

TEST(JsonPath, Members) {
    const struct {
        const char* text;
        const char* key;
        Found expected;
    } cases[] = {
        {R"({"a":1})", "a", "1"},
        {R"({"a":1})", "b", std::nullopt},
        {R"( { "a" : [1, {"b": "}"}] , "c" : null } )", "a", R"([1, {"b": "}"}])"},
        {R"( { "a" : [1, {"b": "}"}] , "c" : null } )", "c", "null"},
        {R"({"a":{"b":1},"b":2})", "b", "2"},
        {R"({"a":1,"a":2})", "a", "2"},
        {R"({"a\"b":1.50})", "a\"b", "1.50"},
        {R"({"\u0061":1})", "a", "1"},
        {R"({"a.b":1,"0":2})", "a.b", "1"},
        {R"({"a.b":1,"0":2})", "0", "2"},
        {R"({"":1})", "", "1"},
        {"{}", "a", std::nullopt},
        {"[1]", "0", std::nullopt},
        {"\"a\"", "a", std::nullopt},
        {"", "a", std::nullopt},
        {"{", "a", std::nullopt},
        {R"({"a")", "a", std::nullopt},
        {R"({"a":)", "a", ""},
        {R"({"a":"\)", "a", R"("\)"},
    };
    for (const auto& c : cases) EXPECT_EQ(json_member(c.text, c.key), c.expected) << c.text;
}

TEST(JsonPath, Elements) {
    const struct {
        const char* text;
        std::int64_t index;
        Found expected;
    } cases[] = {
        {"[1, [2, 3], \"x\"]", 0, "1"},
        {"[1, [2, 3], \"x\"]", 1, "[2, 3]"},
        {"[1, [2, 3], \"x\"]", 2, "\"x\""},
        {"[1, [2, 3], \"x\"]", 3, std::nullopt},
        {"[1, [2, 3], \"x\"]", -1, "\"x\""},
        {"[1, [2, 3], \"x\"]", -3, "1"},
        {"[1, [2, 3], \"x\"]", -4, std::nullopt},
        {"[]", 0, std::nullopt},
        {"[]", -1, std::nullopt},
        {"{\"0\":1}", 0, std::nullopt},
        {"[1,", 1, std::nullopt},
        {"[", 0, std::nullopt},
        {"[1]", std::numeric_limits<std::int64_t>::min(), std::nullopt},
        {"[1]", std::numeric_limits<std::int64_t>::max(), std::nullopt},
    };
    for (const auto& c : cases) EXPECT_EQ(json_element(c.text, c.index), c.expected) << c.text;
}

TEST(JsonPath, Texts) {
    EXPECT_EQ(json_text("null"), std::nullopt);
    EXPECT_EQ(json_text("true"), "true");
    EXPECT_EQ(json_text("1.50"), "1.50");
    EXPECT_EQ(json_text(R"({"a": 1})"), R"({"a": 1})");
    EXPECT_EQ(json_text(R"("a\"\u00f1")"), "a\"ñ");
    EXPECT_EQ(json_text(R"("cut off)"), std::nullopt);
}

TEST(JsonPath, DepthCostsNoStack) {
    const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    EXPECT_EQ(json_member("{\"a\":" + deep + ",\"b\":1}", "b"), "1");
    EXPECT_EQ(json_element(deep, 0)->size(), deep.size() - 2);
}

}  // namespace
}  // namespace muster::store
