// What PostgreSQL's array_out writes.
// SPDX-License-Identifier: Apache-2.0
#include "store/array_text.hpp"

#include <gtest/gtest.h>

namespace muster::store {
namespace {

TEST(ArrayText, IsPostgresqls) {
    const struct {
        const char* json;
        std::optional<std::string> expected;
    } cases[] = {
        {"[]", "{}"},
        {R"(["a"])", "{a}"},
        {R"(["a","b"])", "{a,b}"},
        {R"([""])", R"({""})"},
        {R"(["a b"])", R"({"a b"})"},
        {R"(["a,b","{","}"])", R"({"a,b","{","}"})"},
        {R"(["say \"hi\"","\\"])", R"({"say \"hi\"","\\"})"},
        {R"([null])", "{NULL}"},
        {R"(["null","NULL","Null","nulls"])", R"({"null","NULL","Null",nulls})"},
        {R"(["tag:prod"])", "{tag:prod}"},
        {R"(["a\tb"])", "{\"a\tb\"}"},
        {R"(["é"])", "{é}"},
        {"[1,true]", "{1,true}"},
        {R"([["a"],["b"]])", "{{a},{b}}"},
        {"{}", {}},
        {"1", {}},
        {"", {}},
    };
    for (const auto& c : cases) EXPECT_EQ(array_text(c.json), c.expected) << c.json;
}

}  // namespace
}  // namespace muster::store
