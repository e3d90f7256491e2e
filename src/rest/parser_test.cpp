// Whole query strings: which level each parameter is for, and what of several counts.
// SPDX-License-Identifier: Apache-2.0
#include "rest/parser.hpp"

#include <gtest/gtest.h>

#include "rest/query_fixture.hpp"

namespace muster::rest {
namespace {

Result<Query> parse(std::string_view query) {
    return parse_query(parse_parameters(query));
}

std::string repeated(std::string_view text, std::size_t count, std::string_view separator = "") {
    std::string line;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) line += separator;
        line += text;
    }
    return line;
}

TEST(Query, Levels) {
    const struct {
        const char* name;
        const char* query;
        const char* expect;
    } cases[] = {
        {"nothing", "", "*"},
        {"an empty selection", "select=", ""},
        {"the first selection", "select=a&select=b", "a"},
        {"a filter", "id=eq.1", "*; where id eq <1>"},
        {"a column twice", "a=gt.1&a=lt.5", "*; where a gt <1> & a lt <5>"},
        {"a filter inside JSON", "meta->a->>b=eq.1", "*; where meta->'a'->>'b' eq <1>"},
        {"a quoted column", "%22a.b%22=eq.1", "*; where a.b eq <1>"},
        {"a column of a reserved word's beginning", "selected=is.true",
         "*; where selected is <true>"},
        {"a name without '='", "flag&id=eq.1", "*; where id eq <1>"},
        {"what follows a column", "id!!=eq.1", "*; where id eq <1>"},
        {"conditions go before groups", "or=(a.eq.1,b.eq.2)&c=eq.3",
         "*; where c eq <3> & (a eq <1> | b eq <2>)"},
        {"a group's operator makes a condition", "or=.eq.5", "*; where or eq <5>"},
        {"order", "order=a,b.desc", "*; order a, b desc"},
        {"the first order", "order=a&order=b", "*; order a"},
        {"a page", "limit=10&offset=20", "*; limit 10; offset 20"},
        {"no rows", "limit=0", "*; limit 0"},
        {"the last limit", "limit=1&limit=2", "*; limit 2"},
        {"a limit that is no number", "limit=x&offset=1.5", "*"},
        {"a limit that is no number after one", "limit=1&limit=x", "*"},
        {"a number with blanks", "limit=+7+", "*; limit 7"},
        {"a number beyond 64 bits", "limit=99999999999999999999", "*; limit 9223372036854775807"},
        {"an offset before the first row", "offset=-5", "*"},
        {"a page that begins before the first row", "offset=-5&limit=12", "*; limit 7"},
        {"parameters of an embed",
         "select=id,r(id)&r.a=eq.1&r.or=(b.is.null,c.eq.2)&r.order=a.desc&r.limit=1&r.offset=2",
         "id,r{id; where a eq <1> & (b is <null> | c eq <2>); order a desc; limit 1; offset 2}"},
        {"parameters of an embed in an embed", "select=a(b(c))&a.b.c=eq.1&a.b.limit=1",
         "a{b{c; where c eq <1>; limit 1}}"},
        {"not before an embed's group", "select=r(id)&r.not.or=(a.eq.1)&not.and=(b.eq.2)",
         "r{id; where !(a eq <1>)}; where !(b eq <2>)"},
        {"an alias", "select=x:r(id)&x.a=eq.1", "x:r{id; where a eq <1>}"},
        {"the target's name for want of an alias", "select=x:r(id)&r.a=eq.1",
         "x:r{id; where a eq <1>}"},
        {"an alias before a target's name", "select=x:r(id),r:s(id)&r.a=eq.1",
         "x:r{id},r:s{id; where a eq <1>}"},
        {"two embeds of a target, by alias", "select=x:r(id),y:r(id)&y.a=eq.1",
         "x:r{id},y:r{id; where a eq <1>}"},
        {"a spread", "select=...r(id)&r.a=eq.1", "...r{id; where a eq <1>}"},
        {"an embed without items", "select=id,r!inner()&r.a=eq.1", "id,r!inner{; where a eq <1>}"},
        {"whether there is an embed", "select=r(id)&r=not.is.null", "r{id}; where r not is <null>"},
        {"order by an embed", "select=r(id)&order=r(name).desc", "r{id}; order r(name) desc"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto query = parse(c.query);
        ASSERT_TRUE(query.has_value()) << query.error().message << query.error().details;
        EXPECT_EQ(to_line(query->level), c.expect);
    }
}

TEST(Query, Columns) {
    const auto query = parse("columns=%22a%22,%22b+c%22,a&on_conflict=id,%20fingerprint&columns=z");
    ASSERT_TRUE(query.has_value());
    EXPECT_TRUE(query->has_columns);
    EXPECT_EQ(query->columns, (std::vector<std::string>{"a", "b c"}));
    EXPECT_EQ(query->on_conflict, (std::vector<std::string>{"id", "fingerprint"}));
    EXPECT_FALSE(parse("")->has_columns);
}

struct Refusal {
    const char* name;
    std::string query;
    const char* code;
    const char* message;
    const char* details;  ///< empty: null
};

void expect_refusal(const Refusal& c) {
    SCOPED_TRACE(c.name);
    const auto query = parse(c.query);
    ASSERT_FALSE(query.has_value());
    EXPECT_EQ(query.error().code, c.code);
    EXPECT_EQ(query.error().message, c.message);
    const boost::json::value details =
        *c.details == '\0' ? boost::json::value(nullptr) : boost::json::value(c.details);
    EXPECT_EQ(query.error().details, details) << query.error().details;
}

TEST(Query, Refusals) {
    const char* const no_operator = R"(unexpected "f" expecting "not" or operator (eq, gt, ...))";
    const Refusal cases[] = {
        {"no operator", "id=foo.1", "PGRST100",
         R"t("failed to parse filter (foo.1)" (line 1, column 1))t", no_operator},
        {"an unknown key", "foo=f", "PGRST100",
         R"t("failed to parse filter (f)" (line 1, column 1))t", no_operator},
        {"no key", "=eq.1", "PGRST100", R"t("failed to parse tree path ()" (line 1, column 1))t",
         "unexpected end of input expecting field name (* or [a..z0..9_$])"},
        {"an arrow to nowhere", "a->=eq.1", "PGRST100",
         R"t("failed to parse tree path (a->)" (line 1, column 4))t",
         R"(unexpected end of input expecting "-", digit or )"
         "any non reserved character different from: .,>()"},
        {"no logic path", ".or=(a.eq.1)", "PGRST100",
         R"t("failed to parse logic path (.or)" (line 1, column 1))t",
         R"(unexpected "." expecting field name (* or [a..z0..9_$]))"},
        {"no columns", "columns=", "PGRST100",
         R"t("failed to parse columns parameter ()" (line 1, column 1))t",
         "unexpected end of input expecting field name (* or [a..z0..9_$])"},
        {"no conflict target", "on_conflict=,", "PGRST100",
         R"t("failed to parse on_conflict parameter (,)" (line 1, column 1))t",
         R"(unexpected "," expecting field name (* or [a..z0..9_$]))"},
        {"the order is judged before the filter", "id=foo&order=.", "PGRST100",
         R"t("failed to parse order (.)" (line 1, column 1))t",
         R"(unexpected "." expecting field name (* or [a..z0..9_$]))"},
        {"a negative limit", "limit=-1", "PGRST103", "Requested range not satisfiable",
         "Limit should be greater than or equal to zero."},
        {"a page that ends before the first row", "offset=-5&limit=4", "PGRST103",
         "Requested range not satisfiable", "Limit should be greater than or equal to zero."},
        {"a negative limit of an embed", "select=r(id)&r.limit=-1", "2201W",
         "LIMIT must not be negative", ""},
        {"a negative offset of an embed", "select=r(id)&r.offset=-1", "2201X",
         "OFFSET must not be negative", ""},
        {"a filter of no embed", "r.a=eq.1", "PGRST108",
         "'r' is not an embedded resource in this request", ""},
        {"a filter of no embed in an embed", "select=r(id)&r.s.a=eq.1", "PGRST108",
         "'s' is not an embedded resource in this request", ""},
        {"a column is no embed", "select=r&r.a=eq.1", "PGRST108",
         "'r' is not an embedded resource in this request", ""},
        {"a group of no embed", "r.or=(a.eq.1)", "PGRST108",
         "'r' is not an embedded resource in this request", ""},
        {"an order of no embed", "r.order=a", "PGRST108",
         "'r' is not an embedded resource in this request", ""},
        {"an order by no embed", "order=r(a)", "PGRST108",
         "'r' is not an embedded resource in this request", ""},
        {"a limit of no embed", "r.limit=1", "PGRST108",
         "'r' is not an embedded resource in this request", ""},
        {"NUL", "id=eq.%00", "22021", R"(invalid byte sequence for encoding "UTF8": 0x00)", ""},
        {"no UTF-8", "%ff=eq.1", "22021", R"(invalid byte sequence for encoding "UTF8": 0xff)", ""},
        {"an array that is none", "id=eq(any).1", "22P02", R"(malformed array literal: "1")",
         R"(Array value must start with "{" or dimension information.)"},
        {"an array with NULL", "or=(id.eq(any).{1,null},a.eq.1)", "PGRST127",
         "Feature not implemented", "NULL in the array of an operator with (any) or (all)"},
    };
    for (const Refusal& c : cases) expect_refusal(c);
}

TEST(Query, HintNamesTheEmbed) {
    const auto query = parse("r.a=eq.1");
    ASSERT_FALSE(query.has_value());
    EXPECT_EQ(query.error().hint, "Verify that 'r' is included in the 'select' query parameter.");
}

TEST(Query, Sizes) {
    const struct {
        const char* name;
        std::string accepted;
        std::string refused;
        std::string message;
    } cases[] = {
        {"parameters", repeated("select=a", parameters_max, "&"),
         repeated("select=a", parameters_max + 1, "&"), "more than 200 parameters"},
        {"selected items", "select=r(" + repeated("a", select_items_max - 1, ",") + ")",
         "select=r(" + repeated("a", select_items_max, ",") + ")", "more than 500 selected items"},
        {"conditions", "a=eq.1&and=(" + repeated("a.eq.1", conditions_max - 1, ",") + ")",
         "a=eq.1&and=(" + repeated("a.eq.1", conditions_max, ",") + ")",
         "more than 500 conditions"},
        {"items of a list", "a=in.(" + repeated("1", list_items_max, ",") + ")",
         "a=in.(" + repeated("1", list_items_max + 1, ",") + ")", "more than 5000 items in a list"},
        {"elements of an array", "a=eq(any).{" + repeated("1", list_items_max, ",") + "}",
         "a=eq(any).{" + repeated("1", list_items_max + 1, ",") + "}",
         "more than 5000 items in a list"},
        {"arrows of a filter", "a" + repeated("->b", json_steps_max) + "=eq.1",
         "a" + repeated("->b", json_steps_max + 1) + "=eq.1", "more than 16 arrows in a JSON path"},
        {"arrows of a column", "select=a" + repeated("->0", json_steps_max),
         "select=a" + repeated("->0", json_steps_max + 1), "more than 16 arrows in a JSON path"},
        {"arrows of an order", "order=a" + repeated("->b", json_steps_max),
         "order=a" + repeated("->b", json_steps_max + 1), "more than 16 arrows in a JSON path"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_TRUE(parse(c.accepted).has_value());
        const auto refused = parse(c.refused);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code, "PGRST100");
        EXPECT_EQ(refused.error().message, c.message);
    }
}

TEST(Query, Depths) {
    const auto embeds = [](std::size_t depth) {
        return "select=" + repeated("a(", depth) + "id" + repeated(")", depth);
    };
    const auto groups = [](std::size_t depth) {
        return "or=" + repeated("(and", depth - 1) + "(a.eq.1)" + repeated(")", depth - 1);
    };
    EXPECT_TRUE(parse(embeds(nesting_max)).has_value());
    EXPECT_TRUE(parse(groups(nesting_max)).has_value());
    for (const std::string& query :
         {embeds(nesting_max + 1), groups(nesting_max + 1), embeds(100'000), groups(100'000)}) {
        const auto refused = parse(query);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code, "PGRST100");
        EXPECT_TRUE(
            std::string_view(refused.error().details.as_string()).contains("nested less deeply"))
            << refused.error().details;
    }
}

TEST(Parameters, Decoding) {
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    const struct {
        const char* name;
        const char* query;
        Pairs expect;
    } cases[] = {
        {"nothing", "", {}},
        {"in order, repeats kept", "b=1&a=2&b=3", {{"b", "1"}, {"a", "2"}, {"b", "3"}}},
        {"'+' and hex", "a+b=%28c%2Cd%29", {{"a b", "(c,d)"}}},
        {"'=' in a value", "a=b=c", {{"a", "b=c"}}},
        {"without '='", "a&b=&&=c", {{"b", ""}, {"", "c"}}},
        {"a percent sign that encodes nothing",
         "a=like.%zz%2&b=%",
         {{"a", "like.%zz%2"}, {"b", "%"}}},
        {"one that does", "a=%25fo%66", {{"a", "%fof"}}},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(parse_parameters(c.query), c.expect);
    }
}

}  // namespace
}  // namespace muster::rest
