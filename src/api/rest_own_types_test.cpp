// Types, keys and views that only an operator's own tables on PostgreSQL have: what counts as text
// is compared by its own type, and what cannot be served is refused in words.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest_write_test.hpp"

namespace muster::api {
namespace {

constexpr const char* tables = R"sql(
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
    CREATE TABLE things (
        id bigint PRIMARY KEY, feeling mood, done percent, names varchar(9)[], numbers integer[],
        price numeric(30, 10), face bytea, token uuid, facts jsonb, seen timestamptz,
        made timestamp, address inet, code char(4), took interval, ratio real);
    INSERT INTO things VALUES
        (1, 'ok', 50, '{x,"y z"}', '{1,2}', 1234567890123456789.5, '\x00ff',
         'aaaaaaaa-0000-4000-8000-000000000001', '{"a":1}', '2026-01-01 00:00:00+00',
         '2026-01-01 00:00:00', '10.0.0.1', 'ab', '1 day', 0.1),
        (2, NULL, NULL, NULL, NULL, 'NaN', NULL, NULL, NULL, 'infinity', NULL, NULL, NULL, NULL,
         'NaN');
    CREATE TABLE moods (feeling mood PRIMARY KEY, note text);
    CREATE TABLE times (at timestamp PRIMARY KEY, note text);
    CREATE TABLE codes (code char(4) PRIMARY KEY, note text);
    CREATE TABLE logs (line text);
    CREATE TABLE "Machine Parts" ("Part No" integer PRIMARY KEY, "He said ""x""" text);
    CREATE TABLE sums (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer,
        doubled integer GENERATED ALWAYS AS (a * 2) STORED);
    CREATE TABLE parts (k integer PRIMARY KEY, v text) PARTITION BY RANGE (k);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
    CREATE TABLE uniques (id integer PRIMARY KEY, a integer, b integer, c integer);
    CREATE UNIQUE INDEX ON uniques (a) WHERE a > 5;
    CREATE UNIQUE INDEX ON uniques (lower(b::text));
    CREATE UNIQUE INDEX ON uniques (c) INCLUDE (a);
    CREATE VIEW happy AS SELECT id, feeling FROM things;
    CREATE VIEW counts AS SELECT count(*) AS n FROM things;
    CREATE SCHEMA hidden;
    CREATE TABLE hidden.moods (id integer PRIMARY KEY);
    INSERT INTO hidden.moods VALUES (1);
    CREATE TABLE referrers (id integer CONSTRAINT referrers_first PRIMARY KEY,
        mood integer REFERENCES hidden.moods);
    INSERT INTO referrers VALUES (1, 1);
)sql";

constexpr const char* grants = R"sql(
    GRANT ALL ON things, moods, times, codes, logs, "Machine Parts", sums, parts, uniques, happy,
    counts, referrers TO anon, authenticated, service_role;
)sql";

class RestOwnTypes : public ApiTest {
protected:
    RestOwnTypes() {
        define(tables);
        define(grants);
        const auto file = m_folder / "policies.sql";
        std::ofstream(file) << grants;
        auto loaded = load_table_schema(*m_store, *m_sealer, {file});
        if (!loaded) throw std::runtime_error(loaded.error());
        m_tables = std::make_unique<rest::Schema>(std::move(*loaded));
        m_services->tables = m_tables.get();
    }

    Reply ask(std::string_view method, std::string_view target, const std::string& body = {},
              WriteHeaders headers = {}) {
        return send(Who::anon_key, method, "/rest/v1/" + std::string(target), body,
                    std::move(headers));
    }
    /// "201 [...]"
    std::string outcome(std::string_view method, std::string_view target,
                        const std::string& body = {}, WriteHeaders headers = {}) {
        const Reply reply = ask(method, target, body, std::move(headers));
        return std::to_string(reply.status) + " " + shown(reply);
    }
};

TEST_F(RestOwnTypes, AreShown) {
    EXPECT_EQ(ask("GET", "things?id=eq.1").raw,
              R"([{"id":1,"feeling":"ok","done":50,"names":["x","y z"],"numbers":"{1,2}",)"
              R"("price":1234567890123456789.5000000000,"face":"\\x00ff",)"
              R"("token":"aaaaaaaa-0000-4000-8000-000000000001","facts":{"a": 1},)"
              R"("seen":"2026-01-01T00:00:00+00:00","made":"2026-01-01 00:00:00",)"
              R"("address":"10.0.0.1","code":"ab  ","took":"1 day","ratio":0.1}])");
    EXPECT_EQ(ask("GET", "things?id=eq.2&select=price,seen,ratio").raw,
              R"([{"price":"NaN","seen":"infinity","ratio":"NaN"}])");
}

TEST_F(RestOwnTypes, AreComparedByTheirOwnRules) {
    for (const char* const filter : {"feeling=eq.ok",
                                     "feeling=gt.sad",
                                     "feeling=in.(ok,sad)",
                                     "feeling=like.o*",
                                     "feeling=eq(any).{ok,sad}",
                                     "done=eq.50",
                                     "done=gt.9",
                                     "done=in.(50)",
                                     "names=cs.{x}",
                                     "names=cd.{x,\"y z\",q}",
                                     "names=ov.{x}",
                                     "names=eq.{x,\"y z\"}",
                                     "names=in.(\"{x,y z}\")",
                                     "names->>0=eq.x",
                                     "numbers=eq.{1,2}",
                                     "face=eq.\\x00ff",
                                     "face=in.(\\x00ff)",
                                     "token=in.(AAAAAAAA-0000-4000-8000-000000000001)",
                                     "facts=in.(\"{\\\"a\\\":1}\")",
                                     "facts->>a=in.(1)",
                                     "seen=in.(2026-01-01)",
                                     "made=eq.2026-01-01",
                                     "made=in.(2026-01-01)",
                                     "address=in.(10.0.0.1,10.0.0.2)",
                                     "code=eq.ab",
                                     "code=in.(ab)",
                                     "took=in.(24:00)",
                                     "ratio=eq.0.1",
                                     "ratio=in.(0.1)"}) {
        EXPECT_EQ(outcome("GET", std::string("things?select=id&") + filter), R"(200 [{"id":1}])")
            << filter;
    }
    EXPECT_EQ(outcome("GET", "things?select=id&feeling=not.in.(ok)"), "200 []");
    EXPECT_EQ(outcome("GET", "things?select=id&order=feeling.desc,took,address"),
              R"(200 [{"id":2},{"id":1}])");
    for (const char* const filter : {"feeling=eq.none", "feeling=in.(ok,none)"}) {
        EXPECT_EQ(ask("GET", std::string("things?") + filter).status, 400U) << filter;
    }
}

TEST_F(RestOwnTypes, AreWritten) {
    const struct {
        const char* body;
        const char* code;  ///< nullptr: it is taken
    } cases[] = {
        {R"({"id":3,"feeling":"happy","done":100,"names":["a","b c"],"numbers":"{3}"})", nullptr},
        {R"({"id":4,"face":"\\x01","took":"2 hours","made":"2026-02-03 04:05"})", nullptr},
        {R"({"id":5,"feeling":"angry"})", "22P02"},
        {R"({"id":5,"done":101})", "23514"},
        {R"({"id":5,"code":"too long"})", "22001"},
        {R"({"id":5,"address":"x"})", "22P02"},
    };
    for (const auto& c : cases) {
        const Reply reply = ask("POST", "things", c.body, {representation});
        EXPECT_EQ(reply.status, c.code ? 400U : 201U) << shown(reply);
        if (!c.code) continue;
        EXPECT_EQ(reply.body.at("code"), c.code) << shown(reply);
    }
    EXPECT_EQ(
        outcome("PATCH", "things?id=eq.3&select=names", R"({"names":["q"]})", {representation}),
        R"(200 [{"names":["q"]}])");
}

TEST_F(RestOwnTypes, AreKeys) {
    const struct {
        const char* table;
        const char* key;
        const char* shown;
    } cases[] = {
        {"moods", R"("feeling":"ok")", R"("feeling":"ok")"},
        {"times", R"("at":"2026-01-01")", R"("at":"2026-01-01 00:00:00")"},
        {"codes", R"("code":"ab")", R"("code":"ab  ")"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.table);
        const std::string table = c.table;
        const auto sent = [&](const char* note) {
            return "{" + std::string(c.key) + R"(,"note":")" + note + "\"}";
        };
        const auto row = [&](const char* note) {
            return "[{" + std::string(c.shown) + R"(,"note":")" + note + "\"}]";
        };
        EXPECT_EQ(outcome("POST", table, sent("x"), {representation}), "201 " + row("x"));
        EXPECT_EQ(outcome("POST", table, sent("y"), {representation, merge}), "200 " + row("y"));
        EXPECT_EQ(outcome("PATCH", table + "?note=eq.y", R"({"note":"z"})", {representation}),
                  "200 " + row("z"));
        EXPECT_EQ(outcome("DELETE", table + "?note=eq.z", "", {representation}), "200 " + row("z"));
    }
}

TEST_F(RestOwnTypes, ATableWithoutAKeyShowsWhatWasWritten) {
    EXPECT_EQ(outcome("POST", "logs", R"([{"line":"a"},{"line":"a"}])", {representation}),
              R"(201 [{"line":"a"},{"line":"a"}])");
    EXPECT_EQ(outcome("PATCH", "logs?line=eq.a", R"({"line":"b"})", {representation}),
              R"(200 [{"line":"b"},{"line":"b"}])");
    EXPECT_EQ(outcome("DELETE", "logs?line=eq.b", "", {representation}),
              R"(200 [{"line":"b"},{"line":"b"}])");
}

TEST_F(RestOwnTypes, NamesThatNeedQuotes) {
    const std::string row = R"({"Part No":1,"He said \"x\"":"yes"})";
    EXPECT_EQ(outcome("POST", "Machine%20Parts", row, {representation}), "201 [" + row + "]");
    EXPECT_EQ(outcome("POST", "Machine%20Parts", row, {representation, merge}),
              "200 [" + row + "]");
    EXPECT_EQ(ask("POST", "Machine%20Parts", row).status, 409U);
    EXPECT_EQ(
        outcome("GET", R"(Machine%20Parts?"Part No"=eq.1&select="He said \"x\""&order="Part No")"),
        R"(200 [{"He said \"x\"":"yes"}])");
}

TEST_F(RestOwnTypes, WhatPostgresqlMakesItselfIsNotWritten) {
    EXPECT_EQ(outcome("POST", "sums", R"({"a":3})", {representation}),
              R"(201 [{"id":1,"a":3,"doubled":6}])");
    for (const auto& [method, target, body] : {std::tuple{"POST", "sums", R"({"a":3,"doubled":4})"},
                                               {"POST", "sums", R"({"id":3,"a":4})"},
                                               {"PATCH", "sums?a=eq.3", R"({"doubled":4})"}}) {
        const Reply reply = ask(method, target, body);
        EXPECT_EQ(reply.status, 400U) << body;
        EXPECT_EQ(reply.body.at("code"), "428C9") << body;
    }
}

TEST_F(RestOwnTypes, ConflictsAreMetOnKeysOfAllRowsOnly) {
    EXPECT_EQ(ask("POST", "uniques", R"({"id":1,"a":1,"b":1,"c":1})").status, 201U);
    for (const char* const column : {"a", "b"}) {
        const Reply reply = ask("POST", std::string("uniques?on_conflict=") + column,
                                R"({"id":2,"a":9,"b":9})", {merge});
        EXPECT_EQ(reply.status, 400U) << column;
        EXPECT_EQ(reply.body.at("code"), "42P10") << column;
    }
    EXPECT_EQ(outcome("POST", "uniques?on_conflict=c&select=a,c", R"({"id":1,"c":1,"a":3})",
                      {representation, merge}),
              R"(200 [{"a":3,"c":1}])");
    EXPECT_EQ(ask("POST", "uniques", R"({"id":5,"b":1})").status, 409U);
    EXPECT_EQ(ask("POST", "referrers", R"({"id":1})").body.at("details"),
              "Key (id)=(1) already exists.");
}

/// It has no system columns that would tell a new row from a merged one.
TEST_F(RestOwnTypes, PartitionedTables) {
    EXPECT_EQ(outcome("POST", "parts", R"({"k":2,"v":"b"})", {representation}),
              R"(201 [{"k":2,"v":"b"}])");
    EXPECT_EQ(outcome("POST", "parts", R"({"k":2,"v":"c"})", {representation, merge}),
              R"(201 [{"k":2,"v":"c"}])");
    EXPECT_EQ(ask("POST", "parts", R"({"k":200})").body.at("code"), "23514");
}

TEST_F(RestOwnTypes, Views) {
    EXPECT_EQ(ask("PATCH", "happy?id=eq.1", R"({"feeling":"sad"})").status, 204U);
    EXPECT_EQ(ask("POST", "happy", R"({"id":8,"feeling":"sad"})").status, 201U);
    for (const auto& [method, target] : {std::pair{"PATCH", "happy?id=eq.1"}, {"POST", "happy"}}) {
        EXPECT_EQ(outcome(method, target, R"({"id":9})", {representation}),
                  "400 " + refused("0A000",
                                   "rows of \"happy\" cannot be shown once they are written: it "
                                   "has no primary key"));
    }
    EXPECT_EQ(outcome("DELETE", "happy?id=eq.8", "", {representation}),
              R"(200 [{"id":8,"feeling":"sad"}])");
    const Reply whole = ask("POST", "counts", R"({"n":9})");
    EXPECT_EQ(whole.body.at("code"), "55000");
    EXPECT_EQ(whole.body.at("message"), "cannot insert into view \"counts\"");
}

TEST_F(RestOwnTypes, AnotherSchemasTableIsNotTheOneOfThatName) {
    EXPECT_EQ(ask("GET", "referrers?select=id,moods(*)").body.at("code"), "PGRST200");
    EXPECT_EQ(ask("POST", "referrers", R"({"id":2,"mood":9})").body.at("details"),
              "Key (mood)=(9) is not present in table \"moods\".");
}

}  // namespace
}  // namespace muster::api
