// Strict JSON, and its depth.
// SPDX-License-Identifier: Apache-2.0
#include "api/json_body.hpp"

#include <gtest/gtest.h>

namespace muster::api {
namespace {

using core::Code;

std::string nested(std::size_t depth) {
    std::string text = R"({"a":)";
    for (std::size_t i = 1; i < depth; ++i) text += '[';
    for (std::size_t i = 1; i < depth; ++i) text += ']';
    return (depth == 1 ? R"({"a":1)" : text) + "}";
}

TEST(JsonBody, WhatIsAnObject) {
    const struct {
        const char* name;
        std::string body;
        std::optional<Code> refusal;
    } cases[] = {
        {"empty object", "{}", {}},
        {"members", R"({"a":1,"b":[true,null,"x"]})", {}},
        {"white space around", " \n\t{} \r\n", {}},
        {"text beyond ASCII", "{\"a\":\"\u00e9\U0001F4BB\"}", {}},
        {"nothing", "", Code::invalid_json},
        {"white space only", "  ", Code::invalid_json},
        {"an array", "[]", Code::invalid_json},
        {"text", R"("x")", Code::invalid_json},
        {"null", "null", Code::invalid_json},
        {"not closed", R"({"a":1)", Code::invalid_json},
        {"bytes after it", "{} x", Code::invalid_json},
        {"two objects", "{}{}", Code::invalid_json},
        {"a comment", "{} // x", Code::invalid_json},
        {"a trailing comma", R"({"a":1,})", Code::invalid_json},
        {"single quotes", "{'a':1}", Code::invalid_json},
        {"no quotes", "{a:1}", Code::invalid_json},
        {"NaN", R"({"a":NaN})", Code::invalid_json},
        {"a leading zero", R"({"a":01})", Code::invalid_json},
        {"a raw line break in text", "{\"a\":\"x\ny\"}", Code::invalid_json},
        {"half a surrogate pair", R"({"a":"\ud800"})", Code::invalid_json},
        {"a byte order mark", "\xef\xbb\xbf{}", Code::invalid_json},
        {"a byte that is no UTF-8", "{\"a\":\"\xff\"}", Code::invalid_utf8},
        {"too long a form", "{\"a\":\"\xc0\xaf\"}", Code::invalid_utf8},
        {"no UTF-8 after it", "{}\xff", Code::invalid_utf8},
        {"as deep as may be", nested(json_depth_max), {}},
        {"one deeper", nested(json_depth_max + 1), Code::invalid_json},
        {"much deeper", std::string(1'000'000, '['), Code::invalid_json},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto parsed = parse_json_body(c.body);
        EXPECT_EQ(parsed.has_value(), !c.refusal.has_value());
        if (!parsed && c.refusal) {
            EXPECT_EQ(parsed.error().code, *c.refusal);
        }
    }
}

TEST(JsonBody, TheLastOfTwoMembersWins) {
    EXPECT_EQ(parse_json_body(R"({"a":1,"a":2})").value().at("a").as_int64(), 2);
}

}  // namespace
}  // namespace muster::api
