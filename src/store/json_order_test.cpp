// The order of PostgreSQL's manual, "jsonb indexing".
// SPDX-License-Identifier: Apache-2.0
#include "store/json_order.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace muster::store {
namespace {

std::string key_of(const char* text) {
    return json_order_key(boost::json::parse(text));
}

// Each is less than the next.
constexpr const char* ascending[] = {
    "[]",
    "null",
    R"("")",
    R"("\u0000")",
    R"("\u0000a")",
    R"("A")",
    R"("a")",
    R"("a\u0000")",
    R"("aa")",
    R"("b")",
    R"("é")",
    "-1e300",
    "-9223372036854775808",
    "-9223372036854775807",
    "-10",
    "-2",
    "-0.5",
    "0",
    "1e-300",
    "0.5",
    "2",
    "10",
    "9007199254740992",
    "9007199254740993",
    "9007199254740994",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "1e300",
    "false",
    "true",
    "[null]",
    "[1]",
    "[[]]",
    "[{}]",
    "[0,0]",
    "[0,1]",
    "{}",
    R"({"aa":1})",
    R"({"b":1})",
    R"({"b":2})",
    R"({"a":1,"b":2})",
    R"({"a":2,"b":1})",
};

TEST(JsonOrder, IsPostgresqls) {
    for (std::size_t i = 1; i < std::size(ascending); ++i) {
        EXPECT_LT(key_of(ascending[i - 1]), key_of(ascending[i]))
            << ascending[i - 1] << " and " << ascending[i];
    }
}

TEST(JsonOrder, EqualValuesHaveEqualKeys) {
    const struct {
        const char* one;
        const char* other;
    } cases[] = {
        {"1", "1.0"},
        {"0", "-0.0"},
        {"100", "1e2"},
        {R"("a")", R"("\u0061")"},
        {R"({"a":1,"bb":[2,{}]})", R"( { "bb" : [2.0, {}], "a" : 1 } )"},
        {"[1, 2]", "[1,2]"},
    };
    for (const auto& c : cases) EXPECT_EQ(key_of(c.one), key_of(c.other)) << c.one;
}

TEST(JsonOrder, OtherValuesHaveOtherKeys) {
    const struct {
        const char* one;
        const char* other;
    } cases[] = {
        {R"(["a","b"])", R"(["a\u0000\u0000b"])"},
        {R"({"a":"b"})", R"({"ab":""})"},
        {"[1,[2]]", "[1,2]"},
        {"[[1],2]", "[[1,2]]"},
    };
    for (const auto& c : cases) EXPECT_NE(key_of(c.one), key_of(c.other)) << c.one;
}

}  // namespace
}  // namespace muster::store
