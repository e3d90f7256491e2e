// Operators and operands, alone and inside groups.
// SPDX-License-Identifier: Apache-2.0
#include "rest/filter_parser.hpp"

#include <gtest/gtest.h>

#include "rest/logic_parser.hpp"
#include "rest/query_fixture.hpp"

namespace muster::rest {
namespace {

TEST(Filter, Accepted) {
    const struct {
        const char* value;
        const char* expect;
    } cases[] = {
        {"eq.1", " eq <1>"},
        {"neq.a,b)c", " neq <a,b)c>"},
        {"gt.", " gt <>"},
        {"gte.\"a\"", " gte <\"a\">"},
        {"lt.a.b", " lt <a.b>"},
        {"lte.\xc3\xa9", " lte <\xc3\xa9>"},
        {"like.%a*", " like <%a*>"},
        {"ilike.a", " ilike <a>"},
        {"match.^a$", " match <^a$>"},
        {"imatch.a", " imatch <a>"},
        {"isdistinct.null", " isdistinct <null>"},
        {"cs.{a,b}", " cs <{a,b}>"},
        {"cd.{\"a\":1}", " cd <{\"a\":1}>"},
        {"ov.{}", " ov <{}>"},
        {"sl.(1,2)", " sl <(1,2)>"},
        {"sr.1", " sr <1>"},
        {"nxl.1", " nxl <1>"},
        {"nxr.1", " nxr <1>"},
        {"adj.1", " adj <1>"},
        {"not.eq.1", " not eq <1>"},
        {"eq.not.eq.1", " eq <not.eq.1>"},
        {"is.null", " is <null>"},
        {"is.NOT_null", " is <not_null>"},
        {"is.TRUE", " is <true>"},
        {"is.False", " is <false>"},
        {"is.unknown", " is <unknown>"},
        {"not.is.null", " not is <null>"},
        {"is.nullable", " is <null>"},
        {"in.(a,b)", " in [<a><b>]"},
        {"in.()", " in []"},
        {"in.(,)", " in [<><>]"},
        {"in.(a b, c)", " in [<a b>< c>]"},
        {"in. ( a,b ) ", " in [<a><b >]"},
        {R"(in.("a,b",c"d,"e)f"))", R"( in [<a,b><c"d><e)f>])"},
        {R"(in.("a\"b","c\\d"))", R"( in [<a"b><c\d>])"},
        {R"(in.("a"b,"c"))", R"( in [<"a"b><c>])"},
        {"not.in.(1)", " not in [<1>]"},
        {"fts.word", " fts <word>"},
        {"fts(english).a & b", " fts(english) <a & b>"},
        {"plfts(german).a", " plfts(german) <a>"},
        {"phfts.a", " phfts <a>"},
        {"wfts( simple ).a", " wfts(simple) <a>"},
        {"not.fts.a", " not fts <a>"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.value);
        const auto condition = parse_filter(c.value);
        ASSERT_TRUE(condition.has_value()) << condition.error().details;
        EXPECT_EQ(to_line(*condition), c.expect);
    }
}

TEST(Filter, Quantified) {
    const struct {
        const char* value;
        const char* expect;
    } cases[] = {
        {"eq(any).{1,2}", " eq(any) [<1><2>]"},
        {"gte(all).{}", " gte(all) []"},
        {"like(any).{a*,\"b,c\"}", " like(any) [<a*><b,c>]"},
        {"not.imatch(all).{\"NULL\"}", " not imatch(all) [<NULL>]"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.value);
        auto condition = parse_filter(c.value);
        ASSERT_TRUE(condition.has_value()) << condition.error().details;
        ASSERT_TRUE(parse_elements(*condition).has_value());
        EXPECT_EQ(to_line(*condition), c.expect);
    }
}

TEST(Filter, Refused) {
    const struct {
        const char* value;
        int column;
        const char* details;
    } cases[] = {
        {"", 1, R"(unexpected end of input expecting "not" or operator (eq, gt, ...))"},
        {"0", 1, R"(unexpected "0" expecting "not" or operator (eq, gt, ...))"},
        {"foo.1", 1, R"(unexpected "f" expecting "not" or operator (eq, gt, ...))"},
        {"noop.0", 1, R"(unexpected "o" expecting "not" or operator (eq, gt, ...))"},
        {"eq", 3, "unexpected end of input expecting operator (eq, gt, ...)"},
        {"EQ.1", 1, R"(unexpected "E" expecting "not" or operator (eq, gt, ...))"},
        {"not.foo.1", 5, R"(unexpected "f" expecting operator (eq, gt, ...))"},
        {"fts().value", 5, R"t(unexpected ")" expecting operator (eq, gt, ...))t"},
        {"eq().value", 4, R"t(unexpected ")" expecting operator (eq, gt, ...))t"},
        {"is().value", 3, R"(unexpected "(" expecting operator (eq, gt, ...))"},
        {"in().value", 3, R"(unexpected "(" expecting operator (eq, gt, ...))"},
        {"neq(any).{1}", 4, R"(unexpected "(" expecting operator (eq, gt, ...))"},
        {"is.foo", 5, R"(unexpected "o" expecting isVal: (null, not_null, true, false, unknown))"},
        {"is.", 4,
         "unexpected end of input expecting isVal: (null, not_null, true, false, unknown)"},
        {"in.1,2", 4, R"(unexpected "1" expecting "(")"},
        {"in.(1", 6, R"t(unexpected end of input expecting "," or ")")t"},
        {"\xc3\xa9.1", 1, R"(unexpected "\233" expecting "not" or operator (eq, gt, ...))"},
        {"\x01", 1, R"(unexpected "\SOH" expecting "not" or operator (eq, gt, ...))"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.value);
        const auto condition = parse_filter(c.value);
        ASSERT_FALSE(condition.has_value());
        EXPECT_EQ(condition.error().code, "PGRST100");
        EXPECT_EQ(
            condition.error().message,
            fmt::format("\"failed to parse filter ({})\" (line 1, column {})", c.value, c.column));
        EXPECT_EQ(condition.error().details, c.details) << condition.error().details;
    }
}

std::string to_line(const Result<LogicParameter>& parameter) {
    if (!parameter) return parameter.error().message;
    return to_line(Logic{.children = {parameter->node}});
}

TEST(Logic, Accepted) {
    const struct {
        const char* key;
        const char* value;
        const char* expect;
    } cases[] = {
        {"or", "(a.eq.1,b.eq.2)", "(a eq <1> | b eq <2>)"},
        {"and", "(a.eq.1)", "(a eq <1>)"},
        {"not.and", "(a.eq.1)", "!(a eq <1>)"},
        {"or", "(a.eq.1,and(b.eq.2,c.gt.3))", "(a eq <1> | (b eq <2> & c gt <3>))"},
        {"or", "(not.and(a.eq.1,b.eq.2),c.not.eq.3)", "(!(a eq <1> & b eq <2>) | c not eq <3>)"},
        {"or", " ( a.eq.1 , b.eq.2 ) ", "(a eq <1 > | b eq <2 >)"},
        {"or", "(a.in.(1,2),b.is.null)", "(a in [<1><2>] | b is <null>)"},
        {"or", R"t((a.eq."x,y)",b.eq.2))t", "(a eq <x,y)> | b eq <2>)"},
        {"or", R"((a.eq."x\"y",b.eq.2))", R"((a eq <x"y> | b eq <2>))"},
        {"or", R"((a.eq."x"y,b.eq.2))", R"((a eq <"x"y> | b eq <2>))"},
        {"or", "(a.cs.{1,2},b.eq.2)", "(a cs <{1,2}> | b eq <2>)"},
        {"or", "(a.eq.,b.eq.2)", "(a eq <> | b eq <2>)"},
        {"or", "(a->b->>c.eq.1,\"d.e\".eq.2)", "(a->'b'->>'c' eq <1> | d.e eq <2>)"},
        {"or", "(a.fts(english).x,b.wfts.y)", "(a fts(english) <x> | b wfts <y>)"},
        {"or", "(order.eq.1,and.eq.2)", "(order eq <1> | and eq <2>)"},
        {"or", "(a.eq.1)ignored", "(a eq <1>)"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.value);
        EXPECT_EQ(to_line(parse_logic(c.key, c.value)), c.expect);
    }
}

TEST(Logic, Refused) {
    const struct {
        const char* key;
        const char* value;
        int column;
        const char* details;
    } cases[] = {
        {"or", "()", 4,
         R"t(unexpected ")" expecting field name (* or [a..z0..9_$]), negation operator (not) or )t"
         "logic operator (and, or)"},
        {"or", "(id.in.1,2,id.eq.3)", 10, R"(unexpected "1" expecting "(")"},
        {"or", ")(", 3, R"t(unexpected ")" expecting "(")t"},
        {"and", "(ord(id.eq.1,id.eq.1),id.eq.2)", 7, R"(unexpected "d" expecting "(")"},
        {"or", "(id.eq.1,not.xor(id.eq.2,id.eq.3))", 16,
         R"(unexpected "x" expecting logic operator (and, or))"},
        {"or",
         "(name.ilike.%israel%,fec_committee_id.ilike.%israel%,candidates.name.ilike.%israel%)", 67,
         R"(unexpected "a" expecting "not" or operator (eq, gt, ...))"},
        {"or", "(a.eq.1", 10, R"t(unexpected end of input expecting "," or ")")t"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.value);
        const auto parsed = parse_logic(c.key, c.value);
        ASSERT_FALSE(parsed.has_value());
        EXPECT_EQ(parsed.error().code, "PGRST100");
        EXPECT_EQ(parsed.error().message,
                  fmt::format("\"failed to parse logic tree ({})\" (line 1, column {})", c.value,
                              c.column));
        EXPECT_EQ(parsed.error().details, c.details) << parsed.error().details;
    }
}

}  // namespace
}  // namespace muster::rest
