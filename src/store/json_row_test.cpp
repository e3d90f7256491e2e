// Rows as JSON: every kind of member with every kind of value, escapes, specs.
// SPDX-License-Identifier: Apache-2.0
#include "store/json_row.hpp"

#include <cmath>
#include <limits>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace muster::store {
namespace {

std::string json_of(RowKind kind, const Parameter& value) {
    std::string out;
    append_json_value(out, kind, value);
    return out;
}

TEST(JsonRow, WritesEachKindOfMember) {
    using namespace std::string_view_literals;
    const double infinity = std::numeric_limits<double>::infinity();
    const struct {
        const char* name;
        RowKind kind;
        Parameter value;
        const char* expected;
    } cases[] = {
        {"null", RowKind::text, {}, "null"},
        {"null number", RowKind::number, {}, "null"},
        {"null json", RowKind::json, {}, "null"},
        {"text", RowKind::text, "ana"sv, R"("ana")"},
        {"empty text", RowKind::text, ""sv, R"("")"},
        {"number as text", RowKind::text, std::int64_t{5}, R"("5")"},
        {"real as text", RowKind::text, 1.5, R"("1.5")"},
        {"integer", RowKind::number, std::int64_t{-7}, "-7"},
        {"smallest integer", RowKind::number, std::numeric_limits<std::int64_t>::min(),
         "-9223372036854775808"},
        {"real", RowKind::number, 0.1, "0.1"},
        {"whole real", RowKind::number, 3.0, "3"},
        {"large real", RowKind::number, 1e300, "1e+300"},
        {"not a number", RowKind::number, std::nan(""), R"("NaN")"},
        {"infinity", RowKind::number, infinity, R"("Infinity")"},
        {"minus infinity", RowKind::number, -infinity, R"("-Infinity")"},
        {"numeric keeps its scale", RowKind::number, "12.500"sv, "12.500"},
        {"exponent", RowKind::number, "-0.5e+10"sv, "-0.5e+10"},
        {"leading zero is no number", RowKind::number, "012"sv, R"("012")"},
        {"bare point is no number", RowKind::number, "1."sv, R"("1.")"},
        {"no digits", RowKind::number, "-"sv, R"("-")"},
        {"no exponent", RowKind::number, "1e"sv, R"("1e")"},
        {"empty number", RowKind::number, ""sv, R"("")"},
        {"rest behind a number", RowKind::number, "1,2"sv, R"("1,2")"},
        {"true", RowKind::boolean, std::int64_t{1}, "true"},
        {"false", RowKind::boolean, std::int64_t{0}, "false"},
        {"neither", RowKind::boolean, std::int64_t{2}, R"("2")"},
        {"word", RowKind::boolean, "yes"sv, R"("yes")"},
        {"stored time", RowKind::timestamp, "2026-11-23T10:00:00.120000+00:00"sv,
         R"("2026-11-23T10:00:00.12+00:00")"},
        {"whole second", RowKind::timestamp, "2026-11-23T10:00:00.000000+00:00"sv,
         R"("2026-11-23T10:00:00+00:00")"},
        {"every digit", RowKind::timestamp, "2026-11-23T10:00:00.000001+00:00"sv,
         R"("2026-11-23T10:00:00.000001+00:00")"},
        {"another time zone", RowKind::timestamp, "2026-11-23T10:00:00.120000+02:00"sv,
         R"("2026-11-23T10:00:00.120000+02:00")"},
        {"no time", RowKind::timestamp, "\"yesterday"sv, R"("\"yesterday")"},
        {"32 characters that are none", RowKind::timestamp, "\"................................"sv,
         R"("\"................................")"},
        {"json", RowKind::json, R"({"a": [1]})"sv, R"({"a": [1]})"},
        {"number as json", RowKind::json, std::int64_t{3}, "3"},
    };
    for (const auto& c : cases) EXPECT_EQ(json_of(c.kind, c.value), c.expected) << c.name;
}

TEST(JsonRow, EscapesStrings) {
    const struct {
        const char* name;
        std::string text;
        const char* expected;
    } cases[] = {
        {"quote", "a\"b", R"("a\"b")"},
        {"backslash", "\\", R"("\\")"},
        {"short escapes", "\b\f\n\r\t", R"("\b\f\n\r\t")"},
        {"controls", std::string("\0\x1f", 2), R"("\u0000\u001f")"},
        {"delete is no control of JSON's", "\x7f", "\"\x7f\""},
        {"UTF-8", "ñ€\U0001F600", "\"ñ€\U0001F600\""},
        {"stray byte", "a\xFFz", "\"a\xEF\xBF\xBDz\""},
        {"cut off", "a\xE2\x82", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"overlong", "\xC0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"surrogate", "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"beyond Unicode", "\xF4\x90\x80\x80",
         "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    for (const auto& c : cases) {
        std::string out;
        append_json_string(out, c.text);
        EXPECT_EQ(out, c.expected) << c.name;
        EXPECT_TRUE(boost::json::parse(out).is_string()) << c.name;
    }
}

TEST(JsonRow, WritesRows) {
    const RowMember members[] = {{"name"}, {"gone"}, {"", RowKind::spread}, {"n", RowKind::number}};
    const std::vector<Cell> cells{"x", std::monostate{}, R"({"a":1})", std::int64_t{2}};
    std::string out = ">";
    append_row_json(out, RowFormat(members), cells);
    EXPECT_EQ(out, R"(>{"name":"x","gone":null,"a":1,"n":2})");
    out.clear();
    append_row_json(out, RowFormat(members, NullMembers::stripped), Row(cells));
    EXPECT_EQ(out, R"({"name":"x","a":1,"n":2})");
    out.clear();
    const RowMember json[] = {{"a", RowKind::json}, {"b", RowKind::json}, {"c"}};
    append_row_json(out, RowFormat(json, NullMembers::stripped),
                    std::vector<Cell>{R"({"x":null,"y":[null]})", "null", "null"});
    EXPECT_EQ(out, R"({"a":{"y":[null]},"c":"null"})");
    out.clear();
    append_row_json(out, RowFormat(members), std::span(cells).first(1));
    EXPECT_EQ(out, R"({"name":"x","gone":null,"n":null})") << "missing values are null";
    out.clear();
    append_row_json(out, RowFormat({}), cells);
    EXPECT_EQ(out, "{}");
}

TEST(JsonRow, ASpreadIsAtHomeAnywhere) {
    const RowMember members[] = {{"", RowKind::spread}, {"", RowKind::spread}, {"b"}};
    for (const auto& [first, second, expected] :
         {std::tuple{R"({"a":1})", "{}", R"({"a":1,"b":"x"})"},
          {"{}", "{}", R"({"b":"x"})"},
          {"{}", R"({"a":1})", R"({"a":1,"b":"x"})"},
          {"", "[1]", R"({"b":"x"})"}}) {
        std::string out;
        append_row_json(out, RowFormat(members), std::vector<Cell>{first, second, "x"});
        EXPECT_EQ(out, expected);
    }
}

TEST(JsonRow, ReadsItsOwnSpecsAndNoOthers) {
    const RowMember members[] = {{"a:b\"\n", RowKind::text}, {"", RowKind::json}, {"t12:"}};
    const std::string spec = make_row_spec(members, NullMembers::stripped);
    const auto format = RowFormat::parse(spec);
    ASSERT_TRUE(format.has_value());
    ASSERT_EQ(format->size(), 3U);
    EXPECT_EQ(format->kind(1), RowKind::json);
    std::string out;
    append_row_json(out, *format, std::vector<Cell>{"1", "2", "3"});
    EXPECT_EQ(out, R"({"a:b\"\n":"1","":2,"t12:":"3"})");
    EXPECT_TRUE(RowFormat::parse("K").has_value());
    for (const char* text : {"", "X", "Kx1:a", "Kt:a", "Kt2:a", "Kt1a", "Kt-1:a", "Kt1",
                             "Kt99999999999999999999:a", "Kt1:ab"}) {
        EXPECT_FALSE(RowFormat::parse(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace muster::store
