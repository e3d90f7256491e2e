// What policies let through: conditions of every kind on real rows, and how several policies of a
// table add up.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policies.hpp"

#include <span>

#include <gtest/gtest.h>

#include "rest/policies_fixture.hpp"

namespace muster::rest {
namespace {

struct Condition {
    const char* sql;
    const char* shown;  ///< ids of the notes that Ana sees
};

void expect_shown(std::span<const Condition> conditions) {
    PolicyBench bench;
    for (const Condition& condition : conditions) {
        SCOPED_TRACE(condition.sql);
        try {
            EXPECT_EQ(bench.shown_by(condition.sql), condition.shown);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    }
}

TEST(Policies, TruthAndNull) {
    const Condition conditions[] = {
        {"TRUE", "1,2,3,4"},
        {"false", ""},
        {"NULL", ""},
        {"'t'", "1,2,3,4"},
        {"is_open", "1,4"},
        {"NOT is_open", "2"},
        {"NOT NOT is_open", "1,4"},
        {"is_open IS TRUE", "1,4"},
        {"is_open IS NOT TRUE", "2,3"},
        {"is_open IS FALSE", "2"},
        {"is_open IS NOT FALSE", "1,3,4"},
        {"is_open IS UNKNOWN", "3"},
        {"is_open IS NOT UNKNOWN", "1,2,4"},
        {"is_open IS NULL", "3"},
        {"is_open = true", "1,4"},
        {"is_open = 'yes'", "1,4"},
        {"is_open <> 'off'", "1,4"},
        {"NULL IS NULL", "1,2,3,4"},
        {"owner IS NULL", "4"},
        {"owner IS NOT NULL IS TRUE", "1,2,3"},
        {"stars = 5 IS TRUE", "1"},
        {"owner = NULL", ""},
        {"NOT (owner = NULL)", ""},
        {"team IS DISTINCT FROM 'red'", "3,4"},
        {"team IS NOT DISTINCT FROM NULL", "4"},
        {"owner IS DISTINCT FROM auth.uid()", "2,4"},
    };
    expect_shown(conditions);
}

TEST(Policies, WhoAsks) {
    const Condition conditions[] = {
        {"owner = auth.uid()", "1,3"},
        {"auth.uid() = owner", "1,3"},
        {"owner = (select auth.uid())", "1,3"},
        {"owner = ( SELECT auth.uid() AS uid)", "1,3"},
        {"owner <> auth.uid()", "2"},
        {"owner != auth.uid()", "2"},
        {"owner = '00000000-0000-7000-8000-00000000000B'", "2"},
        {"owner::text = auth.uid()::text", "1,3"},
        {"auth.role() = 'authenticated'", "1,2,3,4"},
        {"auth.email() = 'ana@a.test'", "1,2,3,4"},
        {"auth.jwt() ->> 'email' = 'ana@a.test'", "1,2,3,4"},
        {"(auth.jwt() -> 'app_metadata' ->> 'role') = 'x'", ""},
        {"get_user_role(auth.uid()) = 'user'", "1,2,3,4"},
        {"public.get_user_role(owner) = 'org_admin'", "2"},
        {"get_user_org_id(owner) = get_user_org_id(auth.uid())", "1,2,3"},
        {"get_user_role(auth.uid()) IN ('org_admin', 'global_admin')", ""},
        {"get_user_role(NULL) IS NULL", "1,2,3,4"},
        {"owner IN (SELECT get_org_device_ids(get_user_org_id(auth.uid())))", ""},
    };
    expect_shown(conditions);
}

TEST(Policies, NumbersAndTimes) {
    const Condition conditions[] = {
        {"stars > 3", "1"},
        {"stars >= 3", "1,2"},
        {"stars < 0", "4"},
        {"stars <= -2", "4"},
        {"stars = - (- 5)", "1"},
        {"stars = '5'", "1"},
        {"stars BETWEEN 3 AND 5", "1,2"},
        {"stars NOT BETWEEN 3 AND 5", "4"},
        {"stars BETWEEN 3 AND 5 AND is_open", "1"},
        {"stars + 2 * 2 = 9", "1"},
        {"(stars + 2) * 2 = 14", "1"},
        {"stars - 1 - 1 = 3", "1"},
        {"stars / 2 = 2", "1"},
        {"stars / 0 = 1", ""},
        {"ratio = 0.5", "1"},
        {"ratio * 2 = stars - 4", "1"},
        {"ratio < .5", "4"},
        {"stars > ratio", "1,2"},
        {"now() > made", "1,2"},
        {"made < '2026-03-01T00:00:00Z'", "1"},
        {"made BETWEEN '2026-03-01T01:00:00+01:00' AND '2026-12-01T00:00:00Z'", "2"},
        {"made > now()", "4"},
    };
    expect_shown(conditions);
}

TEST(Policies, Texts) {
    const Condition conditions[] = {
        {"title = 'One'", "1"},
        {"title = 'one'", ""},
        {"title = 'it''s'", ""},
        {"lower(title) = 'one'", "1"},
        {"upper(title) IN ('TWO', 'THREE')", "2,3"},
        {"length(title) = 3", "1,2"},
        {"title LIKE 'T%'", "3"},
        {"title ILIKE 't%'", "2,3"},
        {"title NOT LIKE '%o%'", "1,3,4"},
        {"title NOT ILIKE '%o%'", "3,4"},
        {"title LIKE '_wo'", "2"},
        {"title LIKE '\\%'", "4"},
        {"body LIKE '%\\\\%'", "4"},
        {"body LIKE '%\\_%'", "2"},
        {"body = ''", "3"},
        {"team || '!' = 'red!'", "1,2"},
        {"'a' || 'b' = 'ab'", "1,2,3,4"},
        {"team || stars = 'red5'", "1"},
        {"is_open || '' = 'false'", "2"},
        {"title > 'P'", "2,3"},
        {"coalesce(team, 'red') = 'red'", "1,2,4"},
        {"coalesce(NULL, team, title) = '%'", "4"},
        {"coalesce(is_open, true)", "1,3,4"},
    };
    expect_shown(conditions);
}

TEST(Policies, Lists) {
    const Condition conditions[] = {
        {"team IN ('red', 'blue')", "1,2,3"},
        {"team NOT IN ('red')", "3"},
        {"team IN ('red', NULL)", "1,2"},
        {"team NOT IN ('red', NULL)", ""},
        {"stars IN (1 + 2, 5)", "1,2"},
        {"team = ANY (ARRAY['red', 'x'])", "1,2"},
        {"team = ANY (ARRAY['red'::text, 'x'::text])", "1,2"},
        {"(team = ANY (ARRAY['red']::text[]))", "1,2"},
        {"team <> ALL (ARRAY['red'])", "3"},
        {"team = SOME (SELECT name FROM teams)", "1,2,3"},
        {"team <> ALL (SELECT team FROM members WHERE person = auth.uid())", "3"},
        {"team IN (SELECT team FROM members WHERE person = auth.uid())", "1,2"},
        {"team NOT IN (SELECT team FROM members WHERE person = auth.uid())", "3"},
        {"team IN (SELECT DISTINCT m.team FROM members AS m)", "1,2,3"},
        {"id IN (SELECT rank FROM teams)", "1,2"},
    };
    expect_shown(conditions);
}

TEST(Policies, Queries) {
    const Condition conditions[] = {
        {"EXISTS (SELECT 1 FROM members m WHERE m.team = notes.team AND m.person = auth.uid())",
         "1,2"},
        {"NOT EXISTS (SELECT * FROM members WHERE members.team = notes.team)", "4"},
        {"EXISTS (SELECT 1 FROM members JOIN teams t ON t.name = members.team "
         "WHERE t.lead = auth.uid() AND members.team = notes.team)",
         "1,2"},
        {"EXISTS (SELECT 1 FROM members m INNER JOIN teams t ON t.name = m.team AND t.rank = 2 "
         "WHERE m.team = notes.team)",
         "3"},
        {"EXISTS (SELECT 1 FROM members m LEFT JOIN teams t ON t.name = m.team "
         "WHERE t.name IS NULL AND m.person IS NULL)",
         "1,2,3,4"},
        {"EXISTS (SELECT 1 FROM members m, teams t "
         "WHERE m.team = t.name AND t.rank = 2 AND m.team = notes.team)",
         "3"},
        {"EXISTS (SELECT 1 FROM members CROSS JOIN teams WHERE name = notes.team AND rank = 2)",
         "3"},
        {"stars > (SELECT rank FROM teams WHERE name = notes.team)", "1,2"},
        {"(SELECT lead FROM teams WHERE name = team) = auth.uid()", "1,2"},
        {"team IN (SELECT name FROM teams WHERE EXISTS (SELECT 1 FROM members "
         "WHERE members.team = teams.name AND person = notes.owner))",
         "1,2"},
        // An inner name hides an outer one of the same name.
        {"EXISTS (SELECT 1 FROM members WHERE team = 'green' AND person IS NULL)", "1,2,3,4"},
    };
    expect_shown(conditions);
}

TEST(Policies, ChoicesCastsAndJson) {
    const Condition conditions[] = {
        {"CASE WHEN stars > 4 THEN true WHEN stars IS NULL THEN owner = auth.uid() "
         "ELSE false END",
         "1,3"},
        {"CASE team WHEN 'red' THEN is_open WHEN 'blue' THEN true END", "1,3"},
        {"CASE WHEN is_open THEN 'a' ELSE 'b' END = 'a'", "1,4"},
        {"CASE NULL WHEN NULL THEN true ELSE false END", ""},
        {"stars::text = '5'", "1"},
        {"'5'::integer = stars", "1"},
        {"CAST(stars AS text) = '-2'", "4"},
        {"is_open::text = 'true'", "1,4"},
        {"title::varchar(20) = 'One'", "1"},
        {"title::character varying = 'One'", "1"},
        {"'00000000-0000-7000-8000-00000000000A'::uuid = owner", "1,3"},
        {"'2026-01-01T00:00:00Z'::timestamp with time zone = made", "1"},
        {"stars::bigint::text::integer = 3", "2"},
        {"title::integer IS NULL", "1,2,3,4"},
        {"('on'::text)::boolean", "1,2,3,4"},
        {"facts ->> 'b' = 'x'", "1"},
        {"facts -> 'deep' ->> 'k' = 'true'", "1"},
        {"(facts -> 'deep' ->> 'k')::boolean", "1"},
        {"(facts ->> 'a')::integer = 1", "1"},
        {"facts -> 'list' ->> 1 = '2'", "1"},
        {"facts ->> 'a' IS NULL", "2,3,4"},
        {"facts -> 'a' IS NULL", "3,4"},
        {"facts IS NULL", "3"},
    };
    expect_shown(conditions);
}

TEST(Policies, PrecedenceIsPostgresqls) {
    const Condition conditions[] = {
        {"TRUE OR FALSE AND FALSE", "1,2,3,4"},
        {"(TRUE OR FALSE) AND FALSE", ""},
        {"NOT FALSE AND FALSE", ""},
        {"NOT FALSE OR TRUE", "1,2,3,4"},
        {"NOT stars = 5", "2,4"},
        {"stars = 1 + 2", "2"},
        {"stars = 2 + 1 AND NOT is_open OR stars IS NULL", "2,3"},
        {"title || 'x' LIKE 'One_'", "1"},
        {"- stars + 1 = -4", "1"},
        {"stars - -1 = 6", "1"},
        {"2 * stars::integer = 10", "1"},
        {"facts -> 'deep' IS NOT NULL AND TRUE", "1"},
    };
    expect_shown(conditions);
}

TEST(Policies, NamesAndBlanksAreReadAsPostgresqlDoes) {
    const Condition conditions[] = {
        {"OWNER = AUTH.UID()", "1,3"},
        {"\"owner\" = \"auth\".\"uid\"()", "1,3"},
        {"notes.owner = auth.uid()", "1,3"},
        {"\"notes\".\"owner\" = auth . uid ( )", "1,3"},
        {"owner/* a /* nested */ comment */=auth.uid() -- to the line's end\n", "1,3"},
        {"\t\r\n owner\f=\nauth.uid()", "1,3"},
        {"((((owner)) = (auth.uid())))", "1,3"},
        {"title = 'O' || /* ' */ 'ne' -- '\n", "1"},
    };
    expect_shown(conditions);
}

struct Sum {
    const char* name;
    const char* text;
    const char* anon;  ///< what each role's SELECT sees
    const char* authenticated;
};

TEST(Policies, AddUp) {
    const Sum sums[] = {
        {"secured, no policy", "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;", "", ""},
        {"forced", "ALTER TABLE ONLY public.notes FORCE ROW LEVEL SECURITY", "", ""},
        {"granted, not secured", "GRANT SELECT ON notes TO anon, authenticated;", "1,2,3,4",
         "1,2,3,4"},
        {"any permissive one is enough",
         "CREATE POLICY a ON notes USING (id = 1); CREATE POLICY b ON notes USING (id = 2);", "1,2",
         "1,2"},
        {"every restrictive one is needed",
         "CREATE POLICY a ON notes AS PERMISSIVE USING (id < 4);"
         "CREATE POLICY b ON notes AS RESTRICTIVE USING (id > 1);"
         "CREATE POLICY c ON notes AS RESTRICTIVE USING (id <> 3);",
         "2", "2"},
        {"restrictive ones alone let nothing through",
         "CREATE POLICY b ON notes AS RESTRICTIVE USING (true);", "", ""},
        {"for one role", "CREATE POLICY a ON notes TO anon USING (id = 1);", "1", ""},
        {"for two roles", "CREATE POLICY a ON notes TO anon, authenticated USING (id = 1);", "1",
         "1"},
        {"for all roles", "CREATE POLICY a ON notes TO public USING (id = 1);", "1", "1"},
        {"restrictive for one role",
         "CREATE POLICY a ON notes USING (true);"
         "CREATE POLICY b ON notes AS RESTRICTIVE TO anon USING (id = 1);",
         "1", "1,2,3,4"},
        {"of another command", "CREATE POLICY a ON notes FOR DELETE USING (true);", "", ""},
        {"without USING", "CREATE POLICY a ON notes FOR SELECT;", "", ""},
        {"unknown is not true", "CREATE POLICY a ON notes USING (is_open);", "1,4", "1,4"},
        {"nobody has no id", "CREATE POLICY a ON notes USING (owner = auth.uid());", "", "1,3"},
        {"seekable or not",
         "CREATE POLICY a ON notes USING (id = 1);"
         "CREATE POLICY b ON notes USING (auth.role() = 'authenticated');"
         "CREATE POLICY c ON notes USING (stars IS NULL);",
         "1,3", "1,2,3,4"},
    };
    PolicyBench bench;
    for (const Sum& sum : sums) {
        SCOPED_TRACE(sum.name);
        const Policies policies = bench.policies(sum.text);
        EXPECT_EQ(bench.touched(policies, Role::anon), sum.anon);
        EXPECT_EQ(bench.touched(policies), sum.authenticated);
        EXPECT_EQ(bench.touched(policies, Role::service_role), "1,2,3,4") << "is never bound";
    }
}

}  // namespace
}  // namespace muster::rest
