// What PostgreSQL's input functions take, and their words for what they do not.
// SPDX-License-Identifier: Apache-2.0
#include "rest/values.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace muster::rest {
namespace {

std::string shown(const Result<Value>& value) {
    if (!value) return value.error().code + " " + value.error().message;
    if (const auto* integer = std::get_if<std::int64_t>(&*value)) return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&*value)) return std::to_string(*real);
    if (const auto* text = std::get_if<std::string>(&*value)) return "'" + *text + "'";
    return "null";
}

struct LiteralRow {
    std::string_view name;
    Type type;
    std::string_view text;
    std::string_view result;
};

constexpr LiteralRow literals[] = {
    {"text as it is", Type::text, " a ", "' a '"},
    {"the word null is a text", Type::text, "null", "'null'"},
    {"uuid in capitals", Type::uuid, "01A208E8-52AA-78D9-80D5-833B2686B148",
     "'01a208e8-52aa-78d9-80d5-833b2686b148'"},
    {"uuid without dashes", Type::uuid, "01a208e852aa78d980d5833b2686b148",
     "'01a208e8-52aa-78d9-80d5-833b2686b148'"},
    {"uuid in braces", Type::uuid, "{01a208e8-52aa-78d9-80d5-833b2686b148}",
     "'01a208e8-52aa-78d9-80d5-833b2686b148'"},
    {"uuid with a letter too few", Type::uuid, "01a208e8-52aa-78d9-80d5-833b2686b14",
     "22P02 invalid input syntax for type uuid: \"01a208e8-52aa-78d9-80d5-833b2686b14\""},
    {"null is no uuid", Type::uuid, "null", "22P02 invalid input syntax for type uuid: \"null\""},
    {"boolean t", Type::boolean, "t", "1"},
    {"boolean TRUE", Type::boolean, "TRUE", "1"},
    {"boolean off", Type::boolean, "off", "0"},
    {"boolean o is neither on nor off", Type::boolean, "o",
     "22P02 invalid input syntax for type boolean: \"o\""},
    {"integer", Type::integer, " -12 ", "-12"},
    {"the largest integer", Type::integer, "2147483647", "2147483647"},
    {"one past it", Type::integer, "2147483648",
     "22003 value \"2147483648\" is out of range for type integer"},
    {"a bigint takes it", Type::bigint, "2147483648", "2147483648"},
    {"one past the largest bigint", Type::bigint, "9223372036854775808",
     "22003 value \"9223372036854775808\" is out of range for type bigint"},
    {"no integer", Type::integer, "1.5", "22P02 invalid input syntax for type integer: \"1.5\""},
    {"nothing is no integer", Type::integer, "",
     "22P02 invalid input syntax for type integer: \"\""},
    {"real", Type::real, "1.5", "1.500000"},
    {"a real too large", Type::real, "1e999",
     "22003 \"1e999\" is out of range for type double "
     "precision"},
    {"time with Z", Type::timestamptz, "2026-11-23T10:00:00Z",
     "'2026-11-23T10:00:00.000000+00:00'"},
    {"time with an offset", Type::timestamptz, "2026-11-23 12:00:00.5+02",
     "'2026-11-23T10:00:00.500000+00:00'"},
    {"time without one", Type::timestamptz, "2026-11-23 10:00",
     "'2026-11-23T10:00:00.000000+00:00'"},
    {"a date is its midnight", Type::timestamptz, "2026-11-23",
     "'2026-11-23T00:00:00.000000+00:00'"},
    {"no such day", Type::timestamptz, "2026-02-30",
     "22008 date/time field value out of range: \"2026-02-30\""},
    {"no time", Type::timestamptz, "soon",
     "22007 invalid input syntax for type timestamp with time zone: \"soon\""},
    {"date", Type::date, "2026-11-23", "'2026-11-23'"},
    {"jsonb without its blanks", Type::jsonb, R"({"a": [1, 2]})", R"('{"a":[1,2]}')"},
    {"no json", Type::jsonb, "{a}", "22P02 invalid input syntax for type json"},
    {"array", Type::text_array, R"({a,"b c",NULL,"NULL"})", R"('["a","b c",null,"NULL"]')"},
    {"empty array", Type::text_array, "{}", "'[]'"},
    {"no array", Type::text_array, "a", "22P02 malformed array literal: \"a\""},
    {"array without an end", Type::text_array, "{a", "22P02 malformed array literal: \"{a\""},
};

TEST(RestValues, Literals) {
    for (const LiteralRow& row : literals) {
        EXPECT_EQ(shown(parse_value(row.type, row.text)), row.result) << row.name;
    }
}

struct MemberRow {
    std::string_view name;
    Type type;
    std::string_view json;
    std::string_view result;
};

constexpr MemberRow members[] = {
    {"null", Type::text, "null", "null"},
    {"null of json is NULL", Type::jsonb, "null", "null"},
    {"a number in a text column", Type::text, "12", "'12'"},
    {"an object in a text column", Type::text, R"({"a":1})", R"('{"a":1}')"},
    {"a text in a json column is a JSON text", Type::jsonb, R"("x")", R"('"x"')"},
    {"a number as text", Type::integer, R"("7")", "7"},
    {"true", Type::boolean, "true", "1"},
    {"a number is no boolean literal but 0 and 1", Type::boolean, "1", "1"},
    {"a JSON array", Type::text_array, R"(["a",1])", R"('["a","1"]')"},
    {"an array literal", Type::text_array, R"("{a,b}")", R"('["a","b"]')"},
    {"a fraction for an integer", Type::integer, "1.5",
     "22P02 invalid input syntax for type integer: \"1.5E0\""},
};

TEST(RestValues, MembersOfABody) {
    for (const MemberRow& row : members) {
        EXPECT_EQ(shown(to_value(row.type, boost::json::parse(row.json))), row.result) << row.name;
    }
}

}  // namespace
}  // namespace muster::rest
