// Every operator on every type that knows it: which rows are found.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest_read_test.hpp"

namespace muster::api {
namespace {

constexpr ReadRow comparison_rows[] = {
    {"eq", "id=eq.1", "1"},
    {"neq", "id=neq.1", "2 3 4 5"},
    {"neq leaves nulls out", "size=neq.20", "1 4"},
    {"gt", "size=gt.10", "2 5"},
    {"gte", "size=gte.10", "1 2 5"},
    {"lt", "size=lt.10", "4"},
    {"lte", "size=lte.10", "1 4"},
    {"not", "size=not.eq.20", "1 4"},
    {"not of a range", "size=not.gt.10", "1 4"},
    {"two on one column", "size=gte.10&size=lt.20", "1"},
    {"two columns", "size=eq.20&name=eq.Beta", "2"},
    {"a plus is a space", "name=eq.say+%22hi%22", "5"},
    {"an encoded plus is a plus", "name=eq.say%2B%22hi%22", ""},
    {"a comma and parentheses as they are", "name=eq.gamma, (x)", "3"},
    {"text is case-sensitive", "name=eq.beta", ""},
    {"text: the word null", "name=eq.null", ""},
    {"text: nothing", "name=eq.", ""},
    {"integer: blanks around it", "size=eq.%2020%20", "2 5"},
    {"integer: a sign", "size=eq.-5", "4"},
    {"numeric", "price=eq.1.5", "1"},
    {"numeric: another spelling", "price=eq.1.50", "1"},
    {"numeric: greater", "price=gt.2", "2 5"},
    {"boolean", "is_on=eq.true", "1 4"},
    {"boolean: short", "is_on=eq.f", "2 5"},
    {"boolean: order", "is_on=lt.true", "2 5"},
    {"uuid: capitals", "serial=eq.AAAAAAAA-0000-4000-8000-000000000001", "1"},
    {"uuid: without dashes", "serial=eq.aaaaaaaa000040008000000000000002", "2"},
    {"date", "built_on=gte.2025-01-01", "1 2"},
    {"timestamp: a date alone", "seen_at=gte.2026-01-01", "1 2 4"},
    {"timestamp: Z", "seen_at=eq.2026-02-01T12:30:00.12Z", "2"},
    {"timestamp: an offset", "seen_at=eq.2026-02-01T13:30:00.12%2B01:00", "2"},
    {"timestamp: a space for the T", "seen_at=eq.2026-02-01 12:30:00.12%2B00", "2"},
    {"timestamp: without an offset", "seen_at=lt.2026-01-01T00:00:00", "5"},
    {"array", "labels=eq.{blue}", "2"},
    {"array: two", "labels=eq.{red,blue}", "1"},
    {"array: none", "labels=eq.{}", "3"},
    {"JSON", "notes=eq.{}", "4"},
    {"JSON: members in any order", R"(notes=eq.{"tags":["b"],"cpu":{"cores":8},"os":"macos"})",
     "2"},
    {"JSON: not the same", R"(notes=neq.{"os":"macos"})", "1 2 4 5"},
    {"isdistinct", "size=isdistinct.20", "1 3 4"},
    {"not.isdistinct", "size=not.isdistinct.20", "2 5"},
    {"isdistinct: text null is a word", "name=isdistinct.null", "1 2 3 4 5"},
};

constexpr ReadRow is_rows[] = {
    {"null", "size=is.null", "3"},
    {"not null", "size=not.is.null", "1 2 4 5"},
    {"not_null", "size=is.not_null", "1 2 4 5"},
    {"not not_null", "size=not.is.not_null", "3"},
    {"true", "is_on=is.true", "1 4"},
    {"false", "is_on=is.false", "2 5"},
    {"not true has the unknown ones", "is_on=not.is.true", "2 3 5"},
    {"unknown", "is_on=is.unknown", "3"},
    {"not unknown", "is_on=not.is.unknown", "1 2 4 5"},
    {"in capitals", "is_on=is.TRUE", "1 4"},
    {"null in capitals", "size=is.NULL", "3"},
    {"JSON", "notes=is.null", "3"},
    {"inside JSON", "notes->>os=is.null", "3 4"},
    {"a JSON null as text", "notes->>none=is.null", "1 2 3 4 5"},
    {"a JSON null is not null", "notes->none=is.null", "2 3 4 5"},
};

constexpr ReadRow pattern_rows[] = {
    {"like", "name=like.B*", "2"},
    {"like is case-sensitive", "name=like.b*", ""},
    {"like: percent signs", "name=like.%25eta", "2"},
    {"like: one character", "name=like._lpha", "1"},
    {"like: a star matches nothing too", "name=like.*alpha*", "1"},
    {"like: an underscore itself", R"(name=like.*\_ta)", "4"},
    {"like: all of it", "name=like.lph", ""},
    {"not.like", "name=not.like.*a", "3 5"},
    {"ilike", "name=ilike.b*", "2"},
    {"not.ilike", "name=not.ilike.*TA", "1 3 5"},
    {"like(any)", "name=like(any).{a*,B*}", "1 2"},
    {"like(all)", "name=like(all).{*a*,*l*}", "1 4"},
    {"ilike(any)", "name=ilike(any).{ALPHA,BETA}", "1 2"},
    {"ilike(all)", "name=ilike(all).{*A,*T*}", "2 4"},
    {"eq(any) of nothing, behind arrows", "notes->a->>b=eq(any).{}", ""},
    {"eq(all) of nothing, behind arrows", "notes->a->>b=eq(all).{}", "1 2 3 4 5"},
    {"not.like(any)", "name=not.like(any).{a*,B*}", "3 4 5"},
    {"match", "name=match.^[a-z]%2B$", "1"},
    {"match: anywhere", "name=match.et", "2"},
    {"match is case-sensitive", "name=match.^beta$", ""},
    {"imatch", "name=imatch.^beta$", "2"},
    {"match: a choice", "name=match.^(alpha|del)", "1 4"},
    {"match(any)", "name=match(any).{^a,^B}", "1 2"},
    {"imatch(all)", "name=imatch(all).{^b,A$}", "2"},
    {"not.match", "name=not.match.a$", "3 5"},
    {"inside JSON", "notes->>os=like.l*", "1 5"},
};

constexpr ReadRow list_rows[] = {
    {"in", "id=in.(1,3)", "1 3"},
    {"in: one", "id=in.(3)", "3"},
    {"in: none", "id=in.()", ""},
    {"not.in", "id=not.in.(1,2)", "3 4 5"},
    {"not.in: none", "id=not.in.()", "1 2 3 4 5"},
    {"not.in leaves nulls out", "size=not.in.(10)", "2 4 5"},
    {"in: not.in of none has the nulls too", "size=not.in.()", "1 2 3 4 5"},
    {"in: quoted", "name=in.(\"gamma, (x)\",alpha)", "1 3"},
    {"in: quotes inside, as supabase-js sends them", "name=in.(say \"hi\")", "5"},
    {"in: escaped quotes", R"(name=in.("say \"hi\""))", "5"},
    {"in: blanks of the list", "name=in.(alpha,Beta)", "1 2"},
    {"in: twice the same", "id=in.(2,2)", "2"},
    {"in: booleans", "is_on=in.(true)", "1 4"},
    {"in: numbers in other spellings", "price=in.(1.50,100.0)", "1 5"},
    {"in: times", "seen_at=in.(2026-01-01,2026-02-01T12:30:00.12Z)", "1 2"},
    {"in: uuids", "serial=in.(AAAAAAAA-0000-4000-8000-000000000004)", "4"},
    {"eq(any)", "id=eq(any).{1,2}", "1 2"},
    {"eq(any): none", "id=eq(any).{}", ""},
    {"eq(all): none", "id=eq(all).{}", "1 2 3 4 5"},
    {"eq(all)", "id=eq(all).{1,2}", ""},
    {"gt(all)", "size=gt(all).{5,15}", "2 5"},
    {"gt(any)", "size=gt(any).{5,15}", "1 2 5"},
    {"gte(all)", "size=gte(all).{10,20}", "2 5"},
    {"lt(any)", "size=lt(any).{0,15}", "1 4"},
    {"lte(all)", "size=lte(all).{10,15}", "1 4"},
    {"not.eq(any)", "size=not.eq(any).{10,20}", "4"},
};

constexpr ReadRow containment_rows[] = {
    {"array cs", "labels=cs.{blue}", "1 2"},
    {"array cs: all of them", "labels=cs.{red,blue}", "1"},
    {"array cs: none", "labels=cs.{}", "1 2 3 5"},
    {"array cs: quoted", "labels=cs.{\"a b\"}", "5"},
    {"array cs: a comma", "labels=cs.{\"c,d\"}", "5"},
    {"array cs: a blank needs no quotes", "labels=cs.{a b}", "5"},
    {"array cd", "labels=cd.{red,blue}", "1 2 3"},
    {"array ov", "labels=ov.{red,green}", "1 5"},
    {"array ov: none", "labels=ov.{}", ""},
    {"array not.cs", "labels=not.cs.{blue}", "3 5"},
    {"JSON cs", R"(notes=cs.{"os":"linux"})", "1 5"},
    {"JSON cs: deep", R"(notes=cs.{"cpu":{"cores":8}})", "2"},
    {"JSON cs: numbers by value", R"(notes=cs.{"cpu":{"cores":8.0}})", "2"},
    {"JSON cs: in an array", R"(notes=cs.{"tags":["b"]})", "1 2"},
    {"JSON cs: anything", "notes=cs.{}", "1 2 4 5"},
    {"JSON cd", R"(notes=cd.{"os":"linux","cpu":{"cores":16},"z":1})", "4 5"},
    {"JSON cs of a part", R"(notes->tags=cs.["a"])", "1"},
    {"JSON cs: an element by itself", R"(notes->tags=cs."a")", "1"},
};

class RestReadFilters : public RestRead {
protected:
    template <std::size_t size>
    void expect(const ReadRow (&rows)[size]) {
        for (const ReadRow& row : rows) {
            SCOPED_TRACE(row.name);
            EXPECT_EQ(ids("machines?select=id&order=id&" + std::string(row.target)), row.answer);
        }
    }
};

TEST_F(RestReadFilters, Comparisons) {
    expect(comparison_rows);
}

TEST_F(RestReadFilters, Is) {
    expect(is_rows);
}

TEST_F(RestReadFilters, Patterns) {
    expect(pattern_rows);
}

TEST_F(RestReadFilters, Lists) {
    expect(list_rows);
}

TEST_F(RestReadFilters, Containment) {
    expect(containment_rows);
}

}  // namespace
}  // namespace muster::api
