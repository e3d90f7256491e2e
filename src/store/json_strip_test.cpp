// SPDX-License-Identifier: Apache-2.0
#include "store/json_strip.hpp"

#include <gtest/gtest.h>

namespace muster::store {
namespace {

TEST(JsonStrip, LeavesOutNullMembersAtAnyDepth) {
    struct Case {
        const char* name;
        const char* text;
        const char* expected;
    };
    const Case cases[] = {
        {"nothing to strip", R"({"a":1,"b":"x"})", R"({"a":1,"b":"x"})"},
        {"the first", R"({"a":null,"b":2})", R"({"b":2})"},
        {"one between", R"({"a":1,"b":null,"c":3})", R"({"a":1,"c":3})"},
        {"the last", R"({"a":1,"b":null})", R"({"a":1})"},
        {"all", R"({"a":null,"b":null})", "{}"},
        {"deep", R"({"a":{"b":{"c":null,"d":[{"e":null}]}}})", R"({"a":{"b":{"d":[{}]}}})"},
        {"in an array", R"([null,1,{"a":null},null])", R"([null,1,{},null])"},
        {"blanks", "{ \"a\" : null , \"b\" : [ 1 , 2 ] }", R"({"b":[1,2]})"},
        {"the word in a text", R"({"null":"null","a":"x,null"})",
         R"({"null":"null","a":"x,null"})"},
        {"quotes", R"({"a\"b":null,"c":"\\"})", R"({"c":"\\"})"},
        {"numbers keep their digits", R"({"a":1.50,"b":12345678901234567890})",
         R"({"a":1.50,"b":12345678901234567890})"},
        {"null alone", "null", "null"},
        {"a number alone", "7", "7"},
        {"empty", "", ""},
    };
    for (const auto& c : cases) {
        std::string out = ">";
        append_json_without_nulls(out, c.text);
        EXPECT_EQ(out, std::string(">") + c.expected) << c.name;
    }
}

TEST(JsonStrip, EndsWithWhatIsNotJson) {
    for (const char* text :
         {"{", "[", "\"", "\"\\", "}", "]]", ":", ",,,", "{\"a\"", "{\"a\":", "x"}) {
        std::string out;
        append_json_without_nulls(out, text);
        EXPECT_LE(out.size(), std::string_view(text).size() + 1) << text;
    }
}

}  // namespace
}  // namespace muster::store
