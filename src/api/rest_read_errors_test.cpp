// What reads are refused with: status, body and headers, byte for byte.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "api/rest_read_test.hpp"

namespace muster::api {
namespace {

/// `details` and `hint` are JSON.
struct RefusedRow {
    std::string_view name, target;
    unsigned status;
    std::string_view code, message, details = "null", hint = "null";
};

constexpr std::string_view no_operator =
    R"q("No operator matches the given name and argument types. You might need to add explicit )q"
    R"q(type casts.")q";
constexpr std::string_view no_range = "Requested range not satisfiable";
constexpr std::string_view embed_hint =
    R"q("Verify that 'parts' is included in the 'select' query parameter.")q";
constexpr std::string_view not_embedded = "'parts' is not an embedded resource in this request";

constexpr RefusedRow name_rows[] = {
    {"no such table", "planets", 404, "PGRST205",
     "Could not find the table 'public.planets' in the schema cache"},
    {"almost a table", "machine", 404, "PGRST205",
     "Could not find the table 'public.machine' in the schema cache", "null",
     R"q("Perhaps you meant the table 'public.machines'")q"},
    {"a table that is not shown", "vaults", 404, "PGRST205",
     "Could not find the table 'public.vaults' in the schema cache"},
    {"the server's own table", "users", 404, "PGRST205",
     "Could not find the table 'public.users' in the schema cache"},
    {"a path too long", "machines/1", 404, "PGRST125", "Invalid path specified in request URL"},
    {"no such function", "rpc/nothing", 404, "PGRST202",
     "Could not find the function public.nothing without parameters in the schema cache",
     R"q("Searched for the function public.nothing without parameters or with a single unnamed )q"
     R"q(json/jsonb parameter, but no matches were found in the schema cache.")q"},
    {"filter", "machines?colour=eq.1", 400, "42703", "column machines.colour does not exist"},
    {"select", "machines?select=colour", 400, "42703", "column machines.colour does not exist"},
    {"order", "machines?order=colour", 400, "42703", "column machines.colour does not exist"},
    {"in a logic tree", "machines?or=(id.eq.1,colour.eq.2)", 400, "42703",
     "column machines.colour does not exist"},
    {"almost a column", "machines?select=nam", 400, "42703", "column machines.nam does not exist",
     "null", R"q("Perhaps you meant to reference the column \"machines.name\".")q"},
    {"a table without a grant", "ledgers", 401, "42501", "permission denied for table ledgers"},
    {"an embed without a grant", "racks?select=ledgers(id)", 401, "42501",
     "permission denied for table ledgers"},
    {"no such type", "machines?select=size::colour", 400, "42704",
     R"q(type \"colour\" does not exist)q"},
    {"no such cast", "machines?select=built_on::uuid", 400, "42846",
     "cannot cast type date to uuid"},
    {"count", "machines?select=count()", 400, "PGRST123",
     "Use of aggregate functions is not allowed"},
    {"count as it once was written", "machines?select=parts(count)", 400, "PGRST123",
     "Use of aggregate functions is not allowed"},
    {"an aggregate", "machines?select=size.sum()", 400, "PGRST123",
     "Use of aggregate functions is not allowed"},
};

constexpr RefusedRow embed_rows[] = {
    {"a filter for what is not selected", "machines?parts.name=eq.1", 400, "PGRST108", not_embedded,
     "null", embed_hint},
    {"or", "machines?parts.or=(id.eq.1)", 400, "PGRST108", not_embedded, "null", embed_hint},
    {"order", "machines?parts.order=name", 400, "PGRST108", not_embedded, "null", embed_hint},
    {"limit", "machines?parts.limit=1", 400, "PGRST108", not_embedded, "null", embed_hint},
    {"offset", "machines?parts.offset=1", 400, "PGRST108", not_embedded, "null", embed_hint},
    {"ordered by what is not selected", "machines?order=parts(id)", 400, "PGRST108", not_embedded,
     "null", embed_hint},
    {"deeper", "racks?select=machines!rack_id(id)&machines.parts.id=eq.1", 400, "PGRST108",
     not_embedded, "null", embed_hint},
    {"ordered by many", "machines?select=parts(id)&order=parts(id)", 400, "PGRST118",
     "A related order on 'parts' is not possible",
     R"q("'machines' and 'parts' do not form a many-to-one or one-to-one relationship")q"},
    {"compared", "machines?select=parts(id)&parts=eq.1", 400, "PGRST120",
     "Bad operator on the 'parts' embedded resource",
     R"q("Only is null or not is null filters are allowed on embedded resources")q"},
    {"is.true", "machines?select=parts(id)&parts=is.true", 400, "PGRST120",
     "Bad operator on the 'parts' embedded resource",
     R"q("Only is null or not is null filters are allowed on embedded resources")q"},
    {"not related", "racks?select=groups(*)", 400, "PGRST200",
     "Could not find a relationship between 'racks' and 'groups' in the schema cache",
     R"q("Searched for a foreign key relationship between 'racks' and 'groups' in the schema )q"
     R"q('public', but no matches were found.")q"},
    {"a hint that fits nothing", "machines?select=racks!colour(*)", 400, "PGRST200",
     "Could not find a relationship between 'machines' and 'racks' in the schema cache",
     R"q("Searched for a foreign key relationship between 'machines' and 'racks' using the )q"
     R"q(hint 'colour' in the schema 'public', but no matches were found.")q"},
    {"a table that is not shown", "racks?select=vaults(*)", 400, "PGRST200",
     "Could not find a relationship between 'racks' and 'vaults' in the schema cache",
     R"q("Searched for a foreign key relationship between 'racks' and 'vaults' in the schema )q"
     R"q('public', but no matches were found.")q"},
    {"two parents", "machines?select=racks(*)", 300, "PGRST201",
     "Could not embed because more than one relationship was found for 'machines' and 'racks'",
     R"q([{"cardinality":"many-to-one","embedding":"machines with racks",)q"
     R"q("relationship":"machines_rack_id_fkey using machines(rack_id) and racks(id)"},)q"
     R"q({"cardinality":"many-to-one","embedding":"machines with racks",)q"
     R"q("relationship":"machines_spare_rack_id_fkey using machines(spare_rack_id) and )q"
     R"q(racks(id)"}])q",
     R"q("Try changing 'racks' to one of the following: 'racks!machines_rack_id_fkey', )q"
     R"q('racks!machines_spare_rack_id_fkey'. Find the desired relationship in the 'details' )q"
     R"q(key.")q"},
    {"two kinds of children", "racks?select=machines(*)", 300, "PGRST201",
     "Could not embed because more than one relationship was found for 'racks' and 'machines'",
     R"q([{"cardinality":"one-to-many","embedding":"racks with machines",)q"
     R"q("relationship":"machines_rack_id_fkey using racks(id) and machines(rack_id)"},)q"
     R"q({"cardinality":"one-to-many","embedding":"racks with machines",)q"
     R"q("relationship":"machines_spare_rack_id_fkey using racks(id) and )q"
     R"q(machines(spare_rack_id)"}])q",
     R"q("Try changing 'machines' to one of the following: 'machines!machines_rack_id_fkey', )q"
     R"q('machines!machines_spare_rack_id_fkey'. Find the desired relationship in the )q"
     R"q('details' key.")q"},
    {"a limit below nothing", "machines?select=parts(id)&parts.limit=-1", 400, "2201W",
     "LIMIT must not be negative"},
    {"an offset below nothing", "machines?select=parts(id)&parts.offset=-1", 400, "2201X",
     "OFFSET must not be negative"},
};

constexpr RefusedRow value_rows[] = {
    {"uuid", "machines?serial=eq.x", 400, "22P02",
     R"q(invalid input syntax for type uuid: \"x\")q"},
    {"uuid in a list", "machines?serial=in.(x)", 400, "22P02",
     R"q(invalid input syntax for type uuid: \"x\")q"},
    {"integer", "machines?size=eq.x", 400, "22P02",
     R"q(invalid input syntax for type integer: \"x\")q"},
    {"integer: a fraction", "machines?size=eq.1.5", 400, "22P02",
     R"q(invalid input syntax for type integer: \"1.5\")q"},
    {"integer: null", "machines?size=eq.null", 400, "22P02",
     R"q(invalid input syntax for type integer: \"null\")q"},
    {"integer: nothing", "machines?size=eq.", 400, "22P02",
     R"q(invalid input syntax for type integer: \"\")q"},
    {"integer: the largest and one", "machines?size=eq.2147483648", 400, "22003",
     R"q(value \"2147483648\" is out of range for type integer)q"},
    {"bigint: the largest and one", "machines?id=eq.9223372036854775808", 400, "22003",
     R"q(value \"9223372036854775808\" is out of range for type bigint)q"},
    {"bigint in a list", "machines?id=in.(1,x)", 400, "22P02",
     R"q(invalid input syntax for type bigint: \"x\")q"},
    {"bigint of any", "machines?id=eq(any).{1,x}", 400, "22P02",
     R"q(invalid input syntax for type bigint: \"x\")q"},
    {"numeric", "machines?price=eq.x", 400, "22P02",
     R"q(invalid input syntax for type numeric: \"x\")q"},
    {"boolean", "machines?is_on=eq.maybe", 400, "22P02",
     R"q(invalid input syntax for type boolean: \"maybe\")q"},
    {"time", "machines?seen_at=gt.teatime", 400, "22007",
     R"q(invalid input syntax for type timestamp with time zone: \"teatime\")q"},
    {"time: a month too many", "machines?seen_at=gt.2026-13-01", 400, "22008",
     R"q(date/time field value out of range: \"2026-13-01\")q"},
    {"date", "machines?built_on=gt.x", 400, "22007",
     R"q(invalid input syntax for type date: \"x\")q"},
    {"date: a day too many", "machines?built_on=gt.2026-02-30", 400, "22008",
     R"q(date/time field value out of range: \"2026-02-30\")q"},
    {"JSON: no end", "machines?notes=cs.{", 400, "22P02", "invalid input syntax for type json",
     R"q("The input string ended unexpectedly.")q"},
    {"JSON: a word", "machines?notes=cs.word", 400, "22P02", "invalid input syntax for type json",
     R"q("Token \"word\" is invalid.")q"},
    {"array: no braces", "machines?labels=cs.blue", 400, "22P02",
     R"q(malformed array literal: \"blue\")q",
     R"q("Array value must start with \"{\" or dimension information.")q"},
    {"array: no end", "machines?labels=cs.{a", 400, "22P02", R"q(malformed array literal: \"{a\")q",
     R"q("Unexpected end of input.")q"},
    {"any: no array", "machines?id=eq(any).1", 400, "22P02", R"q(malformed array literal: \"1\")q",
     R"q("Array value must start with \"{\" or dimension information.")q"},
    {"any: a null", "machines?id=eq(any).{1,NULL}", 400, "PGRST127", "Feature not implemented",
     R"q("NULL in the array of an operator with (any) or (all)")q"},
    {"a cast of a row's text", "machines?select=name::int", 400, "22P02",
     R"q(invalid input syntax for type integer: \"alpha\")q"},
    {"a pattern that ends too early", "machines?name=like.a%5C", 400, "22025",
     "LIKE pattern must not end with escape character"},
    {"a pattern that is none", "machines?name=match.(", 400, "2201B",
     "invalid regular expression: missing ): ("},
    {"a zero byte", "machines?name=eq.%00", 400, "22021",
     R"q(invalid byte sequence for encoding \"UTF8\": 0x00)q"},
    {"no UTF-8", "machines?name=eq.%FF", 400, "22021",
     R"q(invalid byte sequence for encoding \"UTF8\": 0xff)q"},
};

constexpr RefusedRow operator_rows[] = {
    {"like of an integer", "machines?size=like.1*", 404, "42883",
     "operator does not exist: integer ~~ unknown", "null", no_operator},
    {"ilike of a uuid", "machines?serial=ilike.a*", 404, "42883",
     "operator does not exist: uuid ~~* unknown", "null", no_operator},
    {"match of a time", "machines?seen_at=match.a", 404, "42883",
     "operator does not exist: timestamp with time zone ~ unknown", "null", no_operator},
    {"imatch of a boolean", "machines?is_on=imatch.a", 404, "42883",
     "operator does not exist: boolean ~* unknown", "null", no_operator},
    {"cs of an integer", "machines?size=cs.{1}", 404, "42883",
     "operator does not exist: integer @> unknown", "null", no_operator},
    {"cd of a text", "machines?name=cd.{1}", 404, "42883",
     "operator does not exist: text <@ unknown", "null", no_operator},
    {"ov of JSON", "machines?notes=ov.{1}", 404, "42883",
     "operator does not exist: jsonb && unknown", "null", no_operator},
    {"sl", "machines?price=sl.[1,2)", 404, "42883", "operator does not exist: numeric << unknown",
     "null", no_operator},
    {"sr", "machines?price=sr.[1,2)", 404, "42883", "operator does not exist: numeric >> unknown",
     "null", no_operator},
    {"nxl", "machines?price=nxl.[1,2)", 404, "42883", "operator does not exist: numeric &> unknown",
     "null", no_operator},
    {"nxr", "machines?price=nxr.[1,2)", 404, "42883", "operator does not exist: numeric &< unknown",
     "null", no_operator},
    {"adj", "machines?price=adj.[1,2)", 404, "42883",
     "operator does not exist: numeric -|- unknown", "null", no_operator},
    {"is.true of a text", "machines?name=is.true", 400, "42804",
     "argument of IS TRUE must be type boolean, not type text"},
    {"is.unknown of an integer", "machines?size=is.unknown", 400, "42804",
     "argument of IS UNKNOWN must be type boolean, not type integer"},
    {"full-text search", "machines?name=fts.a", 400, "0A000", "full-text search is not served"},
    {"full-text search in a language", "machines?name=wfts(english).a", 400, "0A000",
     "full-text search is not served"},
};

constexpr RefusedRow grammar_rows[] = {
    {"no operator", "machines?id=1", 400, "PGRST100",
     R"q(\"failed to parse filter (1)\" (line 1, column 1))q",
     R"q("unexpected \"1\" expecting \"not\" or operator (eq, gt, ...)")q"},
    {"an unknown operator", "machines?id=foo.1", 400, "PGRST100",
     R"q(\"failed to parse filter (foo.1)\" (line 1, column 1))q",
     R"q("unexpected \"f\" expecting \"not\" or operator (eq, gt, ...)")q"},
    {"is and another word", "machines?is_on=is.maybe", 400, "PGRST100",
     R"q(\"failed to parse filter (is.maybe)\" (line 1, column 4))q",
     R"q("unexpected \"m\" expecting isVal: (null, not_null, true, false, unknown)")q"},
    {"a list without parentheses", "machines?id=in.1", 400, "PGRST100",
     R"q(\"failed to parse filter (in.1)\" (line 1, column 4))q",
     R"q("unexpected \"1\" expecting \"(\"")q"},
    {"a logic tree without its end", "machines?or=(id.eq.1", 400, "PGRST100",
     R"q(\"failed to parse logic tree ((id.eq.1)\" (line 1, column 11))q",
     R"q("unexpected end of input expecting \",\" or \")\"")q"},
    {"an order that is none", "machines?order=id.up", 400, "PGRST100",
     R"q(\"failed to parse order (id.up)\" (line 1, column 4))q",
     R"q("unexpected \"u\" expecting \"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"")q"},
    {"a selection that is none", "machines?select=id,(", 400, "PGRST100",
     R"q(\"failed to parse select parameter (id,()\" (line 1, column 4))q",
     R"q("unexpected \"(\" expecting \"...\", field name (* or [a..z0..9_$]), \"*\" or )q"
     R"q(\"count()\"")q"},
    {"a negative limit", "machines?limit=-1", 416, "PGRST103", no_range,
     R"q("Limit should be greater than or equal to zero.")q"},
};

class RestReadErrors : public RestRead {
protected:
    static void expect(const Reply& reply, const RefusedRow& row) {
        EXPECT_EQ(reply.status, row.status);
        EXPECT_EQ(reply.raw,
                  fmt::format(R"q({{"code":"{}","details":{},"hint":{},"message":"{}"}})q",
                              row.code, row.details, row.hint, row.message));
        EXPECT_EQ(reply.content_type, "application/json; charset=utf-8");
        EXPECT_EQ(reply.header("Proxy-Status"), fmt::format("PostgREST; error={}", row.code));
    }
    template <std::size_t size>
    void expect(const RefusedRow (&rows)[size]) {
        for (const RefusedRow& row : rows) {
            SCOPED_TRACE(row.name);
            expect(get(row.target), row);
        }
    }
};

TEST_F(RestReadErrors, Names) {
    expect(name_rows);
}

TEST_F(RestReadErrors, Embeds) {
    expect(embed_rows);
}

TEST_F(RestReadErrors, Values) {
    expect(value_rows);
}

TEST_F(RestReadErrors, Operators) {
    expect(operator_rows);
}

TEST_F(RestReadErrors, Grammar) {
    expect(grammar_rows);
}

/// What was sent is repeated, but not as bytes that are no text.
TEST_F(RestReadErrors, AreUtf8) {
    const Reply profile = get("machines", {{"Accept-Profile", "a\xff\xc3z"}});
    EXPECT_EQ(profile.status, 406U);
    EXPECT_EQ(profile.text("message"), "Invalid schema: a\uFFFD\uFFFDz");
    const Reply table = get("m\xffx");
    EXPECT_EQ(table.status, 404U);
    EXPECT_EQ(table.text("message"),
              "Could not find the table 'public.m\uFFFDx' in the schema cache");
}

}  // namespace
}  // namespace muster::api
