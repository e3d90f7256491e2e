// Items of select=, terms of order=, names and arrays.
// SPDX-License-Identifier: Apache-2.0
#include "rest/select_parser.hpp"

#include <gtest/gtest.h>

#include "rest/array_literal.hpp"
#include "rest/field_parser.hpp"
#include "rest/order_parser.hpp"
#include "rest/query_fixture.hpp"

namespace muster::rest {
namespace {

TEST(Select, Accepted) {
    const struct {
        const char* value;
        const char* expect;
    } cases[] = {
        {"", ""},
        {"*", "*"},
        {"a,b", "a,b"},
        {" a , b ", "a,b"},
        {"a b", "a b"},
        {"with-dash,$x_1", "with-dash,$x_1"},
        {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
        {R"("a.b,c","d\"e\\f")", R"(a.b,c,d"e\f)"},
        {"x:a", "x:a"},
        {"\"x y\":a", "x y:a"},
        {"a::text", "a::text"},
        {"x:a::double precision", "x:a::double precision"},
        {"a->b", "a->'b'"},
        {"a->b->>c", "a->'b'->>'c'"},
        {"a->0,a->>-12,b", "a->0,a->>-12,b"},
        {"a->0x", "a->'0x'"},
        {"a->\"b.c\"", "a->'b.c'"},
        {"a->!@#$%^&*_a::int", "a->'!@#$%^&*_a'::int"},
        {"a->b-c", "a->'b-c'"},
        {"x:a->>b::int", "x:a->>'b'::int"},
        {"a.sum()", "a.sum()"},
        {"x:a::int.avg()::text", "x:a::int.avg()"},
        {"count()", "*.count()"},
        {"n:count()::text", "n:*::text.count()"},
        {"a.max(),a.min(),a.count()", "a.max(),a.min(),a.count()"},
        {"count", "count"},
        {"r(*)", "r{*}"},
        {"r()", "r{}"},
        {"a,r(b,s(c),d),e", "a,r{b,s{c},d},e"},
        {" a , r ( * ) ", "a,r{*}"},
        {"x:r(*)", "x:r{*}"},
        {"r!h(*)", "r!h{*}"},
        {"r!inner(*)", "r!inner{*}"},
        {"r!left(*)", "r{*}"},
        {"r!h!inner(*)", "r!h!inner{*}"},
        {"x:r!inner!h(*)", "x:r!h!inner{*}"},
        {"r!\"a b\"(*)", "r!a b{*}"},
        {"...r(a)", "...r{a}"},
        {"...r!h!inner(a,...s(b))", "...r!h!inner{a,...s{b}}"},
        {"a)ignored", "a"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.value);
        const auto items = parse_select(c.value);
        ASSERT_TRUE(items.has_value()) << items.error().message << items.error().details;
        EXPECT_EQ(to_line(Level{.select = *items}), c.expect);
    }
}

struct Refusal {
    const char* value;
    int column;
    const char* details;
};

void expect_refusal(const Refusal& c, const char* what, const Failure& failure) {
    EXPECT_EQ(failure.code, "PGRST100");
    EXPECT_EQ(failure.message, fmt::format("\"failed to parse {} ({})\" (line 1, column {})", what,
                                           c.value, c.column));
    EXPECT_EQ(failure.details, c.details) << failure.details;
}

TEST(Select, Refused) {
    const char* const any_item =
        R"t(expecting "...", field name (* or [a..z0..9_$]), "*" or "count()")t";
    const std::string at_end = std::string("unexpected end of input ") + any_item;
    const std::string at_comma = std::string(R"(unexpected "," )") + any_item;
    const Refusal cases[] = {
        {"id,clients(name[])", 16,
         R"t(unexpected '[' expecting letter, digit, "-", "->>", "->", "::", ".", ")", "," or )t"
         "end of input"},
        {"data->>-78xy", 11,
         R"t(unexpected 'x' expecting digit, "->", "::", ".", "," or end of input)t"},
        {"name!hint", 5,
         R"t(unexpected '!' expecting letter, digit, "-", "->>", "->", "::", ".", ")", "," or )t"
         "end of input"},
        {"name::", 7, "unexpected end of input expecting letter or digit"},
        {"a,", 3, at_end.c_str()},
        {"a,,b", 3, at_comma.c_str()},
        {"r(a", 4,
         R"t(unexpected end of input expecting letter, digit, "-", "->>", "->", "::", ".", ")", "," )t"
         "or end of input"},
        {"a(b(c)", 7, R"t(unexpected end of input expecting "," or ")")t"},
        {"\"a", 3, R"(unexpected end of input expecting "\\" or "\"")"},
        {"count(*)", 6,
         R"t(unexpected '(' expecting letter, digit, "-", "->>", "->", "::", ".", ")", "," or )t"
         "end of input"},
    };
    for (const Refusal& c : cases) {
        SCOPED_TRACE(c.value);
        const auto items = parse_select(c.value);
        ASSERT_FALSE(items.has_value()) << to_line(Level{.select = *items});
        expect_refusal(c, "select parameter", items.error());
    }
}

TEST(Order, Accepted) {
    const struct {
        const char* value;
        const char* expect;
    } cases[] = {
        {"a", "; order a"},
        {"a.asc", "; order a"},
        {"a.desc", "; order a desc"},
        {"a.nullsfirst", "; order a nulls first"},
        {"a.desc.nullslast,b.asc.nullsfirst", "; order a desc nulls last, b nulls first"},
        {" a , b.desc", "; order a, b desc"},
        {"a->b->>0.desc", "; order a->'b'->>0 desc"},
        {"r(a)", "; order r(a)"},
        {"a,r(b->c).desc.nullsfirst,d", "; order a, r(b->'c') desc nulls first, d"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.value);
        const auto terms = parse_order(c.value);
        ASSERT_TRUE(terms.has_value()) << terms.error().message;
        EXPECT_EQ(to_line(Level{.select = {}, .order = *terms}), c.expect);
    }
}

TEST(Order, Refused) {
    const Refusal cases[] = {
        {"clients(name,id)", 8,
         R"(unexpected '(' expecting letter, digit, "-", "->>", "->", delimiter (.), "," or )"
         "end of input"},
        {"coalesce(updated_at, created_at).desc", 9,
         R"(unexpected '(' expecting letter, digit, "-", "->>", "->", delimiter (.), "," or )"
         "end of input"},
        {"id.ac", 4, R"(unexpected "c" expecting "asc", "desc", "nullsfirst" or "nullslast")"},
        {"id.descc", 8, R"(unexpected 'c' expecting delimiter (.), "," or end of input)"},
        {"id.nulsfist", 4,
         R"(unexpected "n" expecting "asc", "desc", "nullsfirst" or "nullslast")"},
        {"id.nullslasttt", 13, R"(unexpected 't' expecting "," or end of input)"},
        {"id.smth34", 4, R"(unexpected "s" expecting "asc", "desc", "nullsfirst" or "nullslast")"},
        {"id.asc.nlsfst", 8, R"(unexpected "l" expecting "nullsfirst" or "nullslast")"},
        {"id.asc.nullslasttt", 17, R"(unexpected 't' expecting "," or end of input)"},
        {"id.asc.smth34", 8, R"(unexpected "s" expecting "nullsfirst" or "nullslast")"},
        {"", 1, "unexpected end of input expecting field name (* or [a..z0..9_$])"},
    };
    for (const Refusal& c : cases) {
        SCOPED_TRACE(c.value);
        const auto terms = parse_order(c.value);
        ASSERT_FALSE(terms.has_value());
        expect_refusal(c, "order", terms.error());
    }
}

TEST(Names, Positions) {
    const struct {
        const char* name;
        const char* value;
        const char* message;
    } cases[] = {
        {"beyond ASCII counts once", "\xc3\xa9,,", "(\xc3\xa9,,)\" (line 1, column 3)"},
        {"a tab reaches to the next eighth", "a,\t,", "(a,\t,)\" (line 1, column 9)"},
        {"a line break", "\"a\nb\",,", "(\"a\nb\",,)\" (line 2, column 4)"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto names = parse_names(c.value, "columns");
        ASSERT_FALSE(names.has_value());
        EXPECT_EQ(names.error().message,
                  std::string("\"failed to parse columns parameter ") + c.message);
    }
}

TEST(Array, Literals) {
    const struct {
        const char* text;
        const char* expect;  ///< "<a><b>", null as "-"; otherwise the details of the refusal
    } cases[] = {
        {"{}", ""},
        {" { } ", ""},
        {"{a}", "<a>"},
        {"{a,b c , d }", "<a><b c><d>"},
        {R"({"a,b","c\"d","e\\f",""})", R"(<a,b><c"d><e\f><>)"},
        {R"({a\,b,\ })", "<a,b>< >"},
        {"{null,NULL,\"null\",n\\ull}", "--<null><null>"},
        {"{\xc3\xa9}", "<\xc3\xa9>"},
        {"", R"(Array value must start with "{" or dimension information.)"},
        {"a,b", R"(Array value must start with "{" or dimension information.)"},
        {"{a", "Unexpected end of input."},
        {"{", "Unexpected end of input."},
        {"{\"a", "Unexpected end of input."},
        {"{\"a\\", "Unexpected end of input."},
        {"{a,}", R"(Unexpected "}" character.)"},
        {"{,a}", R"(Unexpected "," character.)"},
        {"{a}b", "Junk after closing right brace."},
        {"{\"a\"b}", "Unexpected array element."},
        {"{a\"b\"}", "Incorrectly quoted array element."},
        {"{{a}}", R"(Unexpected "{" character.)"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto elements = parse_array(c.text);
        if (!elements) {
            EXPECT_EQ(elements.error().code, "22P02");
            EXPECT_EQ(elements.error().message,
                      fmt::format("malformed array literal: \"{}\"", c.text));
            EXPECT_EQ(elements.error().details, c.expect);
            continue;
        }
        std::string line;
        for (const auto& element : *elements) {
            line += element ? fmt::format("<{}>", *element) : "-";
        }
        EXPECT_EQ(line, c.expect);
    }
}

}  // namespace
}  // namespace muster::rest
