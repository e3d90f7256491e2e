// Which clause of a policy binds which command, what policies see of other tables, and grants.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "rest/policies_fixture.hpp"

namespace muster::rest {
namespace {

constexpr Command commands[] = {Command::select, Command::insert, Command::update, Command::remove};

struct Clauses {
    const char* text;
    const char* select;  ///< ids of the notes that each command may touch
    const char* update;
    const char* remove;
    const char* inserted;  ///< and of those that may be written
    const char* updated;
};

TEST(PolicyCommands, EachHasItsClauses) {
    const Clauses cases[] = {
        {"CREATE POLICY a ON notes FOR ALL USING (id < 3);", "1,2", "1,2", "1,2", "1,2", "1,2"},
        {"CREATE POLICY a ON notes USING (id < 3);", "1,2", "1,2", "1,2", "1,2", "1,2"},
        {"CREATE POLICY a ON notes USING (id < 3) WITH CHECK (id = 4);", "1,2", "1,2", "1,2", "4",
         "4"},
        {"CREATE POLICY a ON notes WITH CHECK (id = 4);", "", "", "", "4", "4"},
        {"CREATE POLICY a ON notes FOR SELECT USING (id < 3);", "1,2", "", "", "", ""},
        {"CREATE POLICY a ON notes FOR INSERT WITH CHECK (id < 3);", "", "", "", "1,2", ""},
        {"CREATE POLICY a ON notes FOR UPDATE USING (id < 3);", "", "1,2", "", "", "1,2"},
        {"CREATE POLICY a ON notes FOR UPDATE USING (id < 3) WITH CHECK (true);", "", "1,2", "", "",
         "1,2,3,4"},
        {"CREATE POLICY a ON notes FOR UPDATE WITH CHECK (true);", "", "", "", "", "1,2,3,4"},
        {"CREATE POLICY a ON notes FOR DELETE USING (id < 3);", "", "", "1,2", "", ""},
        {"CREATE POLICY a ON notes USING (true);"
         "CREATE POLICY b ON notes AS RESTRICTIVE FOR INSERT WITH CHECK (stars > 0);",
         "1,2,3,4", "1,2,3,4", "1,2,3,4", "1,2", "1,2,3,4"},
        {"CREATE POLICY a ON notes USING (true);"
         "CREATE POLICY b ON notes AS RESTRICTIVE USING (id > 1);",
         "2,3,4", "2,3,4", "2,3,4", "2,3,4", "2,3,4"},
        {"CREATE POLICY a ON notes FOR UPDATE USING (id < 3) WITH CHECK (id = 1);"
         "CREATE POLICY b ON notes FOR UPDATE USING (id = 4);",
         "", "1,2,4", "", "", "1,4"},
        {"CREATE POLICY a ON notes FOR INSERT WITH CHECK (is_open);", "", "", "", "1,4", ""},
    };
    PolicyBench bench;
    for (const Clauses& c : cases) {
        SCOPED_TRACE(c.text);
        const Policies policies = bench.policies(c.text);
        const Role role = Role::authenticated;
        EXPECT_EQ(bench.touched(policies, role, Command::select), c.select);
        EXPECT_EQ(bench.touched(policies, role, Command::update), c.update);
        EXPECT_EQ(bench.touched(policies, role, Command::remove), c.remove);
        EXPECT_EQ(bench.writable(policies, role, Command::insert), c.inserted);
        EXPECT_EQ(bench.writable(policies, role, Command::update), c.updated);
        for (const Command command : commands) {
            EXPECT_EQ(bench.writable(policies, Role::service_role, command), "1,2,3,4");
        }
    }
}

TEST(PolicyCommands, AnUnknownCheckIsAFailedOne) {
    PolicyBench bench;
    const Policies policies = bench.policies("CREATE POLICY a ON notes WITH CHECK (is_open);");
    const std::string check =
        policies.check_sql(Role::authenticated, Command::insert, "notes", "n");
    EXPECT_EQ(bench.ids_where("NOT " + check, Role::authenticated), "2,3") << check;
}

TEST(PolicyCommands, TheAliasGoesIn) {
    PolicyBench bench;
    const Policies policies = bench.policies(
        "CREATE POLICY a ON notes USING (owner = auth.uid() AND stars > 1 OR id IN "
        "(SELECT rank FROM teams WHERE name = notes.team)); GRANT SELECT ON teams TO anon;");
    const std::string sql = policies.using_sql(Role::anon, Command::select, "notes", "somewhere");
    EXPECT_EQ(sql.find("notes"), std::string::npos) << sql;
    EXPECT_TRUE(sql.contains("somewhere.\"owner\"")) << sql;
    EXPECT_EQ(policies.using_sql(Role::anon, Command::select, "unknown", "t"), "FALSE");
    EXPECT_EQ(policies.check_sql(Role::service_role, Command::insert, "unknown", "t"), "FALSE")
        << "what no file names is nobody's, the service key's neither";
}

TEST(PolicyCommands, QueriesSeeWhatTheRoleSees) {
    const std::pair<const char*, const char*> cases[] = {
        {"CREATE POLICY t ON teams FOR SELECT USING (lead = auth.uid());"
         "CREATE POLICY p ON notes USING (team IN (SELECT name FROM teams));",
         "1,2"},
        {"ALTER TABLE teams ENABLE ROW LEVEL SECURITY;"
         "CREATE POLICY p ON notes USING (team IN (SELECT name FROM teams));",
         ""},
        {"CREATE POLICY t ON teams FOR UPDATE USING (true);"
         "CREATE POLICY p ON notes USING (team IN (SELECT name FROM teams));",
         ""},
        {"GRANT INSERT ON teams TO authenticated;"
         "CREATE POLICY p ON notes USING (team IN (SELECT name FROM teams));",
         ""},
        // What is hidden of a table that is LEFT JOINed hides nothing of the others.
        {"CREATE POLICY t ON teams USING (lead = auth.uid()); GRANT ALL ON members TO public;"
         "CREATE POLICY p ON notes USING (EXISTS (SELECT 1 FROM members m LEFT JOIN teams t "
         "ON t.name = m.team WHERE m.team = notes.team AND t.name IS NULL));",
         "3"},
        {"CREATE POLICY t ON teams USING (lead = auth.uid()); GRANT ALL ON members TO public;"
         "CREATE POLICY p ON notes USING (EXISTS (SELECT 1 FROM members m JOIN teams t "
         "ON t.name = m.team WHERE m.team = notes.team));",
         "1,2"},
        {"GRANT ALL ON members TO public;"
         "CREATE POLICY t ON teams USING (name IN (SELECT team FROM members "
         "WHERE person = auth.uid()));"
         "CREATE POLICY p ON notes USING (team IN (SELECT name FROM teams));",
         "1,2"},
        // SECURITY DEFINER functions look past a table's policies.
        {"ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;"
         "CREATE POLICY p ON notes USING (get_user_role(owner) = 'org_admin');",
         "2"},
        {"ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;"
         "CREATE POLICY p ON notes USING (owner IN (SELECT id FROM profiles));",
         ""},
    };
    PolicyBench bench;
    for (const auto& [text, shown] : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(bench.touched(bench.policies(text)), shown);
    }
}

TEST(PolicyCommands, OthersThanSelectMayLookAtTheirOwnTable) {
    PolicyBench bench;
    const char* text =
        "CREATE POLICY s ON notes FOR SELECT USING (id = 1);"
        "CREATE POLICY u ON notes FOR UPDATE USING (EXISTS (SELECT 1 FROM notes n WHERE n.id = "
        "{}));";
    for (const auto& [seen, touched] : {std::pair{"1", "1,2,3,4"}, {"2", ""}}) {
        std::string filled = text;
        filled.replace(filled.find("{}"), 2, seen);
        const Policies policies = bench.policies(filled);
        EXPECT_EQ(bench.touched(policies, Role::authenticated, Command::update), touched);
    }
}

TEST(PolicyCommands, RecursionIsRefused) {
    const std::pair<const char*, const char*> cases[] = {
        {"CREATE POLICY p ON notes USING (id IN (SELECT id FROM notes));",
         "1:1 infinite recursion detected in policy for relation \"notes\""},
        {"GRANT ALL ON teams TO public;\n  CREATE POLICY p ON notes\nUSING (EXISTS (SELECT 1 FROM "
         "teams, notes n));",
         "2:3 infinite recursion detected in policy for relation \"notes\""},
        {"CREATE POLICY t ON teams USING (name IN (SELECT team FROM members));\n"
         "CREATE POLICY m ON members USING (team IN (SELECT name FROM teams));",
         "2:1 infinite recursion detected in policy for relation \"members\""},
        {"CREATE POLICY t ON teams USING (name IN (SELECT team FROM members));"
         "CREATE POLICY m ON members USING (true);"
         "CREATE POLICY p ON notes USING (team IN (SELECT name FROM teams) "
         "OR team IN (SELECT team FROM members));",
         "none"},
        {"CREATE POLICY p ON profiles USING (get_user_role(auth.uid()) = 'user');", "none"},
    };
    const PolicyBench bench;
    for (const auto& [text, fault] : cases) EXPECT_EQ(bench.fault_of(text), fault) << text;
}

/// "siud", a letter for each command that the role may use on the table.
std::string rights(const Policies& policies, Role role, std::string_view column = {}) {
    std::string letters;
    for (const Command command : commands) {
        const bool may = column.empty() ? policies.may(role, command, "notes")
                                        : policies.may(role, command, "notes", column);
        letters += may ? "siud"[static_cast<std::size_t>(command)] : '-';
    }
    return letters;
}

struct GrantCase {
    const char* text;
    const char* anon;
    const char* authenticated;
    const char* service;
    const char* title;  ///< what authenticated may do with the column title
    const char* body;
};

TEST(PolicyCommands, Grants) {
    const GrantCase cases[] = {
        {"CREATE POLICY p ON notes USING (true);", "siud", "siud", "siud", "siud", "siud"},
        {"GRANT SELECT ON notes TO anon;", "s---", "----", "----", "----", "----"},
        {"GRANT SELECT, INSERT ON TABLE public.notes TO authenticated;", "----", "si--", "----",
         "si--", "si--"},
        {"GRANT ALL ON notes TO authenticated;", "----", "siud", "----", "siud", "siud"},
        {"GRANT ALL PRIVILEGES ON notes, teams TO public;", "siud", "siud", "siud", "siud", "siud"},
        {"GRANT SELECT ON notes TO anon, service_role; GRANT UPDATE ON notes TO anon;", "s-u-",
         "----", "s---", "----", "----"},
        {"REVOKE INSERT ON notes FROM authenticated;", "siud", "s-ud", "siud", "s-ud", "s-ud"},
        {"REVOKE ALL ON notes FROM public;", "----", "----", "----", "----", "----"},
        {"REVOKE ALL ON notes FROM anon; GRANT SELECT ON notes TO anon;", "s---", "siud", "siud",
         "siud", "siud"},
        {"GRANT SELECT (title, body), UPDATE (body) ON notes TO authenticated;", "----", "s-u-",
         "----", "s---", "s-u-"},
        {"GRANT SELECT (title) ON notes TO authenticated;"
         "REVOKE SELECT (title) ON notes FROM authenticated;",
         "----", "----", "----", "----", "----"},
        {"GRANT SELECT ON notes TO authenticated; REVOKE SELECT (title) ON notes FROM "
         "authenticated;",
         "----", "s---", "----", "s---", "s---"},  // as in PostgreSQL: the table's grant stays
        {"GRANT SELECT (title) ON notes TO authenticated; REVOKE SELECT ON notes FROM "
         "authenticated;",
         "----", "----", "----", "----", "----"},
        {"GRANT ALL (title) ON notes TO authenticated;", "----", "siu-", "----", "siu-", "----"},
        {"GRANT TRUNCATE, REFERENCES, TRIGGER ON notes TO authenticated;", "----", "----", "----",
         "----", "----"},
        {"GRANT SELECT, TRUNCATE ON notes TO authenticated;", "----", "s---", "----", "s---",
         "s---"},
    };
    const PolicyBench bench;
    for (const GrantCase& c : cases) {
        SCOPED_TRACE(c.text);
        const Policies policies = bench.policies(c.text);
        EXPECT_EQ(rights(policies, Role::anon), c.anon);
        EXPECT_EQ(rights(policies, Role::authenticated), c.authenticated);
        EXPECT_EQ(rights(policies, Role::service_role), c.service);
        EXPECT_EQ(rights(policies, Role::authenticated, "title"), c.title);
        EXPECT_EQ(rights(policies, Role::authenticated, "body"), c.body);
    }
}

TEST(PolicyCommands, OnlyWhatAFileNamesIsShown) {
    const PolicyBench bench;
    const Policies policies = bench.policies(
        "GRANT SELECT ON notes, titles TO anon; REVOKE ALL ON members FROM anon;"
        "ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;");
    for (const char* name : {"notes", "titles", "members", "users"}) {
        EXPECT_TRUE(policies.is_exposed(name)) << name;
    }
    for (const char* name : {"teams", "devices", "NOTES", "public.notes", ""}) {
        EXPECT_FALSE(policies.is_exposed(name)) << name;
        EXPECT_FALSE(policies.may(Role::service_role, Command::select, name)) << name;
    }
    EXPECT_FALSE(policies.may(Role::anon, Command::select, "notes", "unknown") &&
                 bench.catalog().find("notes")->find_column("unknown"));
}

}  // namespace
}  // namespace muster::rest
