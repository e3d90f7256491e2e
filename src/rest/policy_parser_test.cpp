// What a policy file is refused with: the message, and where, in lines and columns that count from
// 1. And one past each limit.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_parser.hpp"

#include <span>

#include <gtest/gtest.h>

#include "rest/policies_fixture.hpp"

namespace muster::rest {
namespace {

struct Fault {
    const char* text;
    const char* fault;  ///< "LINE:COLUMN message", or "none"
};

void expect_faults(std::span<const Fault> cases) {
    const PolicyBench bench;
    for (const Fault& c : cases) EXPECT_EQ(bench.fault_of(c.text), c.fault) << c.text;
}

TEST(PolicyParser, FilesThatAreRead) {
    const Fault cases[] = {
        {"", "none"},
        {";;;", "none"},
        {" -- a remark\n/* another /* inside */ */", "none"},
        {"GRANT SELECT ON notes TO anon", "none"},
        {"grant select on notes to anon;revoke select on notes from anon;", "none"},
        {"CREATE POLICY p ON notes;", "none"},
        {"CREATE POLICY \"Any name, ü; 'quoted' \"\"twice\"\"\" ON \"public\".\"notes\" AS "
         "PERMISSIVE FOR ALL TO public USING (true) WITH CHECK (true);",
         "none"},
        {"CREATE POLICY using_ ON notes; CREATE POLICY \"using\" ON notes;", "none"},
        {"CREATE POLICY p ON notes; CREATE POLICY p ON teams;", "none"},
        {"GRANT SELECT ON users TO service_role; GRANT SELECT ON auth.users TO service_role;",
         "none"},
    };
    expect_faults(cases);
}

TEST(PolicyParser, StatementsThatAreNone) {
    const Fault cases[] = {
        {"SELECT 1;", "1:1 expected CREATE POLICY, GRANT, REVOKE or ALTER TABLE"},
        {"\n\n  DROP POLICY p ON notes;",
         "3:3 expected CREATE POLICY, GRANT, REVOKE or ALTER TABLE"},
        {"CREATE TABLE x (id integer);",
         "1:1 expected CREATE POLICY, GRANT, REVOKE or ALTER TABLE"},
        {"GRANT SELECT ON notes TO anon GRANT", "1:31 syntax error at or near \"grant\""},
        {"CREATE POLICY", "1:14 syntax error at end of input"},
        {"CREATE POLICY p", "1:16 syntax error at end of input"},
        {"CREATE POLICY p notes", "1:17 syntax error at or near \"notes\""},
        {"CREATE POLICY p ON", "1:19 syntax error at end of input"},
        {"CREATE POLICY 'p' ON notes;", "1:15 syntax error at or near \"p\""},
        {"CREATE POLICY select ON notes;", "1:15 syntax error at or near \"select\""},
        {"CREATE POLICY p ON notes AS LOOSE;", "1:29 syntax error at or near \"loose\""},
        {"CREATE POLICY p ON notes FOR TRUNCATE;", "1:30 syntax error at or near \"truncate\""},
        {"CREATE POLICY p ON notes TO;", "1:28 syntax error at or near \";\""},
        {"CREATE POLICY p ON notes TO anon,;", "1:34 syntax error at or near \";\""},
        {"CREATE POLICY p ON notes TO postgres;", "1:29 role \"postgres\" does not exist"},
        {"GRANT SELECT ON notes TO \"Anon\";", "1:26 role \"Anon\" does not exist"},
        {"CREATE POLICY p ON notes USING true;", "1:32 syntax error at or near \"true\""},
        {"CREATE POLICY p ON notes USING ();", "1:33 syntax error at or near \")\""},
        {"CREATE POLICY p ON notes USING (true;", "1:37 syntax error at or near \";\""},
        {"CREATE POLICY p ON notes WITH (true);", "1:31 syntax error at or near \"(\""},
        {"CREATE POLICY p ON notes FOR INSERT USING (true);",
         "1:37 only WITH CHECK expression allowed for INSERT"},
        {"CREATE POLICY p ON notes FOR SELECT WITH CHECK (true);",
         "1:37 WITH CHECK cannot be applied to SELECT or DELETE"},
        {"CREATE POLICY p ON notes FOR DELETE USING (true) WITH CHECK (true);",
         "1:50 WITH CHECK cannot be applied to SELECT or DELETE"},
        {"CREATE POLICY p ON notes WITH CHECK (true) USING (true);",
         "1:44 syntax error at or near \"using\""},
        {"GRANT EXECUTE ON notes TO anon;", "1:7 syntax error at or near \"execute\""},
        {"GRANT SELECT notes TO anon;", "1:14 syntax error at or near \"notes\""},
        {"GRANT SELECT ON notes FROM anon;", "1:23 syntax error at or near \"from\""},
        {"REVOKE SELECT ON notes TO anon;", "1:24 syntax error at or near \"to\""},
        {"GRANT SELECT () ON notes TO anon;", "1:15 syntax error at or near \")\""},
        {"GRANT DELETE (title) ON notes TO anon;", "1:7 invalid privilege type DELETE for column"},
        {"ALTER TABLE notes DISABLE ROW LEVEL SECURITY;",
         "1:19 syntax error at or near \"disable\""},
        {"ALTER TABLE notes ENABLE ROW SECURITY;", "1:30 syntax error at or near \"security\""},
        {"ALTER TABLE notes ADD COLUMN x text;", "1:19 syntax error at or near \"add\""},
    };
    expect_faults(cases);
}

TEST(PolicyParser, BytesThatAreNone) {
    const Fault cases[] = {
        {"GRANT SELECT ON notes TO anon; /* never /* closed */", "1:32 unterminated /* comment"},
        {"CREATE POLICY \"p ON notes;", "1:15 unterminated quoted identifier"},
        {"CREATE POLICY \"\" ON notes;", "1:15 zero-length delimited identifier"},
        {"CREATE POLICY p ON notes USING (title = 'x);", "1:41 unterminated quoted string"},
        {"CREATE POLICY p ON notes USING (id = 1x);", "1:38 trailing junk after numeric literal"},
        {"CREATE POLICY p ON notes USING (id = $1);", "1:38 syntax error at or near \"$\""},
        {"CREATE POLICY p ON notes USING (id # 1);", "1:36 syntax error at or near \"#\""},
        {"CREATE POLICY p ON notes USING (title = '\x01');", "1:41 a control character"},
        // A column counts characters, not bytes.
        {"CREATE POLICY \"ñü€\" ON nowhere;", "1:24 relation \"nowhere\" does not exist"},
        {"-- ñ\n\t/* € */ x", "2:10 expected CREATE POLICY, GRANT, REVOKE or ALTER TABLE"},
    };
    expect_faults(cases);
}

TEST(PolicyParser, NamesThatAreNowhere) {
    const Fault cases[] = {
        {"GRANT SELECT ON nowhere TO anon;", "1:17 relation \"nowhere\" does not exist"},
        {"GRANT SELECT ON notes, public.nowhere TO anon;",
         "1:24 relation \"public.nowhere\" does not exist"},
        {"GRANT SELECT ON \"Notes\" TO anon;", "1:17 relation \"Notes\" does not exist"},
        {"GRANT SELECT ON auth.notes TO anon;", "1:17 relation \"auth.notes\" does not exist"},
        {"GRANT SELECT ON public.users TO anon;", "1:17 relation \"public.users\" does not exist"},
        {"GRANT SELECT ON storage.notes TO anon;",
         "1:17 relation \"storage.notes\" does not exist"},
        {"GRANT SELECT (nothing) ON notes TO anon;",
         "1:7 column \"nothing\" of relation \"notes\" does not exist"},
        {"CREATE POLICY p ON titles USING (true);", "1:20 \"titles\" is not a table"},
        {"ALTER TABLE titles ENABLE ROW LEVEL SECURITY;", "1:13 \"titles\" is not a table"},
        {"CREATE POLICY p ON notes;\n CREATE POLICY p ON public.notes;",
         "2:2 policy \"p\" for table \"notes\" already exists"},
    };
    expect_faults(cases);
}

/// The condition stands in column 1 of line 2.
void expect_conditions(std::span<const Fault> cases) {
    const PolicyBench bench;
    for (const Fault& c : cases) {
        const std::string text =
            "GRANT ALL ON teams TO public; CREATE POLICY p ON notes USING (\n" +
            std::string(c.text) + ");";
        EXPECT_EQ(bench.fault_of(text), c.fault) << c.text;
    }
}

TEST(PolicyParser, ConditionsThatDoNotParse) {
    const Fault cases[] = {
        {"owner =", "2:8 syntax error at or near \")\""},
        {"owner = = 1", "2:9 syntax error at or near \"=\""},
        {"stars = 1 = 2", "2:11 syntax error at or near \"=\""},
        {"owner auth.uid()", "2:7 syntax error at or near \"auth\""},
        {"stars % 2 = 0", "2:7 syntax error at or near \"%\""},
        {"owner IS 1", "2:10 syntax error at or near \"1\""},
        {"owner IN ()", "2:11 syntax error at or near \")\""},
        {"owner IN (1", "2:13 syntax error at or near \";\""},
        {"stars BETWEEN 1 OR 2", "2:17 syntax error at or near \"or\""},
        {"CASE END", "2:6 syntax error at or near \"end\""},
        {"CASE WHEN true THEN true", "2:25 syntax error at or near \")\""},
        {"EXISTS (TABLE teams)", "2:9 syntax error at or near \"table\""},
        {"EXISTS (SELECT 1 FROM teams GROUP BY name)", "2:29 syntax error at or near \"group\""},
        {"EXISTS (SELECT 1 FROM teams LIMIT 1)", "2:29 syntax error at or near \"limit\""},
        {"EXISTS (SELECT 1 FROM teams JOIN teams t)", "2:41 syntax error at or near \")\""},
        {"EXISTS (SELECT 1 FROM teams UNION SELECT 1)", "2:29 syntax error at or near \"union\""},
        {"EXISTS (SELECT 1 FROM (SELECT 1) x)", "2:23 syntax error at or near \"(\""},
        {"public.notes.owner IS NULL", "2:13 name a column by its table's name or alias"},
        {"stars > ANY (ARRAY[1])", "2:9 only = ANY and <> ALL are supported"},
        {"stars = ANY (facts)", "2:14 expected ARRAY[...] or a query"},
        {"team = ANY (ARRAY['a']::integer[])", "2:25 expected text[]"},
        {"title LIKE 'a' ESCAPE 'b'", "2:16 syntax error at or near \"escape\""},
        {"title COLLATE \"C\" = 'a'", "2:7 syntax error at or near \"collate\""},
        {"title = E'a'", "2:10 syntax error at or near \"a\""},
        {"stars::varchar(x) = 'a'", "2:16 syntax error at or near \"x\""},
    };
    expect_conditions(cases);
}

TEST(PolicyParser, ConditionsThatDoNotCompile) {
    const Fault cases[] = {
        {"stars", "2:1 argument of USING must be type boolean, not type integer"},
        {"'maybe'", "2:1 invalid input syntax for type boolean: \"maybe\""},
        {"NOT title", "2:5 argument of NOT must be type boolean, not type text"},
        {"true AND stars", "2:10 argument of USING must be type boolean, not type integer"},
        {"title OR true", "2:1 argument of OR must be type boolean, not type text"},
        {"nothing", "2:1 column \"nothing\" does not exist"},
        {"notes.nothing IS NULL", "2:1 column notes.nothing does not exist"},
        {"teams.name IS NULL", "2:1 missing FROM-clause entry for table \"teams\""},
        {"owner = 'ana'", "2:7 invalid input syntax for type uuid: \"ana\""},
        {"stars = 'many'", "2:7 invalid input syntax for type integer: \"many\""},
        {"made > 'yesterday'",
         "2:6 invalid input syntax for type timestamp with time zone: \"yesterday\""},
        {"owner = title", "2:7 operator does not exist: uuid = text"},
        {"stars < title", "2:7 operator does not exist: integer < text"},
        {"facts = facts", "2:7 operator does not exist: jsonb = jsonb"},
        {"title ->> 'a' = 'b'", "2:7 operator does not exist: ->> takes json and a key"},
        {"stars LIKE '1'", "2:1 expected a text, not type integer"},
        {"title + 1 = 2", "2:1 expected a number, not type text"},
        {"facts || 'x' = 'x'", "2:1 operator does not exist: || with type jsonb"},
        {"owner::integer = 1", "2:6 cannot cast type uuid to integer"},
        {"'x'::uuid = owner", "2:4 invalid input syntax for type uuid: \"x\""},
        {"title::point IS NULL", "2:6 type \"point\" does not exist"},
        {"random() > 1", "2:1 function random of 0 arguments does not exist"},
        {"auth.nothing() IS NULL", "2:1 function auth.nothing of 0 arguments does not exist"},
        {"lower() = 'a'", "2:1 function lower of 0 arguments does not exist"},
        {"uid() = owner", "2:1 function uid of 0 arguments does not exist"},
        {"load_extension('x') IS NULL",
         "2:1 function load_extension of 1 arguments does not exist"},
        {"reveal_secret('a', 'b') IS NULL",
         "2:1 function reveal_secret of 2 arguments does not exist"},
        {"get_user_role('x') = 'user'", "2:15 invalid input syntax for type uuid: \"x\""},
        {"get_org_device_ids(owner) = id",
         "2:1 set-returning functions are allowed in IN (SELECT ...) only"},
        {"owner IN (SELECT lead, name FROM teams)", "2:7 subquery must return only one column"},
        {"owner IN (SELECT * FROM teams)", "2:7 subquery must return only one column"},
        {"owner IN (SELECT name FROM teams)", "2:7 operator does not exist: uuid = text"},
        {"EXISTS (SELECT 1 FROM members)", "2:23 permission denied for table members"},
        {"EXISTS (SELECT 1 FROM nowhere)", "2:23 relation \"nowhere\" does not exist"},
        {"EXISTS (SELECT 1 FROM sqlite_master)", "2:23 relation \"sqlite_master\" does not exist"},
        {"EXISTS (SELECT 1 FROM teams a, teams b WHERE name = 'x')",
         "2:46 column reference \"name\" is ambiguous"},
        {"EXISTS (SELECT 1 FROM teams t WHERE teams.name = 'x')",
         "2:37 missing FROM-clause entry for table \"teams\""},
        {"EXISTS (SELECT 1 FROM teams WHERE rank)",
         "2:35 argument of WHERE must be type boolean, not type integer"},
        {"CASE WHEN stars THEN true END",
         "2:11 argument of CASE/WHEN must be type boolean, not type integer"},
        {"CASE WHEN true THEN true ELSE 'x' END",
         "2:31 invalid input syntax for type boolean: \"x\""},
        {"coalesce(stars, title) = 1", "2:17 operator does not exist: integer = text"},
    };
    expect_conditions(cases);
}

}  // namespace
}  // namespace muster::rest
