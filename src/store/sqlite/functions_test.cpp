// The SQL functions as statements see them: null, refusals, who is asking.
// SPDX-License-Identifier: Apache-2.0
#include "store/guards_fixture.hpp"
#include "store/patterns.hpp"

namespace muster::store {
namespace {

class Functions : public Guards {
protected:
    std::optional<std::string> value_for(const Actor& actor, const std::string& expression) {
        std::optional<std::string> value;
        const auto read = database.store().read_now([&](Transaction& tx) -> core::Result<int> {
            tx.act_as(actor);
            value = tx.all("SELECT CAST(" + expression + " AS TEXT)").at(0).optional_text(0);
            return 0;
        });
        EXPECT_TRUE(read.has_value());
        return value;
    }
};

TEST_F(Functions, SayWhoIsAsking) {
    const Actor signed_in{"authenticated", ana, R"({"email":"ana@example.com","sub":"x"})"};
    const Actor odd{"authenticated", ana, R"({"email":5})"};
    const Actor broken{"authenticated", ana, "{"};
    const struct {
        const char* name;
        Actor actor;
        const char* expression;
        std::optional<std::string> expected;
    } cases[] = {
        {"user", signed_in, "auth_uid()", ana},
        {"nobody", anon(), "auth_uid()", std::nullopt},
        {"role", signed_in, "auth_role()", "authenticated"},
        {"service", service(), "auth_role()", "service_role"},
        {"claims", signed_in, "auth_jwt()", signed_in.claims},
        {"one claim", signed_in, "json_extract(auth_jwt(), '$.sub')", "x"},
        {"no claims", as(ana), "auth_jwt()", std::nullopt},
        {"email", signed_in, "auth_email()", "ana@example.com"},
        {"no email", as(ana), "auth_email()", std::nullopt},
        {"email that is no text", odd, "auth_email()", std::nullopt},
        {"claims that are no JSON", broken, "auth_email()", std::nullopt},
        {"own organisation", as(ana), "get_user_org_id(auth_uid())", anas_org},
        {"own role", as(helper), "get_user_role(auth_uid())", "support"},
        {"nobody's organisation", anon(), "get_user_org_id(auth_uid())", std::nullopt},
        {"a stranger's role", as(ana), "get_user_role('nobody')", std::nullopt},
    };
    for (const auto& c : cases) EXPECT_EQ(value_for(c.actor, c.expression), c.expected) << c.name;
}

TEST_F(Functions, ClaimsAreForgottenWithTheirUnitOfWork) {
    const Actor signed_in{"authenticated", ana, R"({"email":"a"})"};
    for (int i = 0; i < 8; ++i) {  // more than there are readers
        EXPECT_EQ(value_for(signed_in, "auth_email()"), "a");
        EXPECT_TRUE(database.rows("SELECT auth_jwt()").at(0).is_null(0));
    }
}

TEST_F(Functions, GiveNullForNullAndForWhatTheyCannotRead) {
    for (const char* expression :
         {"pg_like(NULL, 'a')", "pg_like('a', NULL)", "pg_ilike(NULL, NULL)", "pg_match(NULL, '(')",
          "pg_imatch('a', NULL)", "json_contains(NULL, '1')", "json_contains('1', NULL)",
          "json_contains('{', '1')", "json_contains('1', '{')", "array_contains(NULL, '[]')",
          "array_contains('[]', '1')", "json_overlaps('[]', NULL)", "json_overlaps('x', '[]')",
          "json_order(NULL)", "json_order('{')", "array_text(NULL)", "array_text('{}')",
          "get_user_role(NULL)"}) {
        EXPECT_EQ(value_for(server(), expression), std::nullopt) << expression;
    }
}

TEST_F(Functions, ReadAnyType) {
    const struct {
        const char* expression;
        const char* expected;
    } cases[] = {
        {"pg_like(12, '1_')", "1"},
        {"pg_like(x'6162', 'a%')", "1"},
        {"pg_ilike('Ñ', 'ñ')", "1"},
        {"pg_match(1.5, '\\.')", "1"},
        {"pg_imatch('A', 'a')", "1"},
        {"pg_match('', 'a')", "0"},
        {"json_contains(1, '1')", "1"},
        {"json_contains('[1,2]', 2)", "1"},
        {"array_contains('[1]', '[\"1\"]')", "1"},
        {"json_overlaps('[\"a\"]', '[\"b\"]')", "0"},
        {"get_user_role(5) IS NULL", "1"},
        {"json_get('{\"a\":[1,{\"b\":true}]}', 'a')", "[1,{\"b\":true}]"},
        {"json_get_text(json_get(json_get('{\"a\":[1,{\"b\":true}]}', 'a'), -1), 'b')", "true"},
        {"json_get_text('{\"a\":\"x\\ny\"}', 'a')", "x\ny"},
        {"json_get_text('{\"a\":null}', 'a') IS NULL AND json_get('{\"a\":null}', 'a') = 'null'",
         "1"},
        {"json_order('9') < json_order('10')", "1"},
        {"json_order('{\"a\":1,\"b\":2}') = json_order('{\"b\":2.0,\"a\":1}')", "1"},
        {"json_order(1) = json_order('1')", "1"},
        {"array_text('[\"a b\",\"c\"]')", "{\"a b\",c}"},
        {"json_get(NULL, 'a') IS NULL AND json_get('{}', NULL) IS NULL", "1"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(value_for(server(), c.expression), c.expected) << c.expression;
    }
}

TEST_F(Functions, RefuseWithPostgresqlsCodes) {
    const std::string costly =
        "json_contains((WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 6000) SELECT json_group_array(i) FROM n), (WITH RECURSIVE n(i) AS (SELECT 1 "
        "UNION ALL SELECT i + 1 FROM n WHERE i < 6000) SELECT json_group_array(6000) FROM n))";
    const struct {
        std::string expression;
        const char* sqlstate;
        const char* message;
    } cases[] = {
        {"pg_like('a', 'a\\')", "22025", "LIKE pattern must not end with escape character"},
        {"pg_ilike('a', '\\')", "22025", "LIKE pattern must not end with escape character"},
        {"pg_match('a', '(')", "2201B", "invalid regular expression: missing ): ("},
        {"pg_imatch('a', '(?=b)')", "2201B",
         "invalid regular expression: invalid perl operator: (?="},
        {costly, "22023", "JSON containment takes too many comparisons"},
    };
    for (const auto& c : cases) {
        try {
            database.rows("SELECT " + c.expression);
            ADD_FAILURE() << c.expression;
        } catch (const ArgumentRefused& refused) {
            EXPECT_EQ(refused.sqlstate(), c.sqlstate);
            EXPECT_STREQ(refused.what(), c.message);
        }
    }
}

TEST_F(Functions, KeepAPatternForAllRowsAndTellPatternsApart) {
    database.sql("CREATE TABLE pairs (value TEXT, pattern TEXT)");
    for (int i = 0; i < 20; ++i) {
        database.sql("INSERT INTO pairs VALUES ($1, '^' || $1 || '$')", std::to_string(i));
    }
    EXPECT_EQ(database.count("pairs WHERE pg_match(value, '^1.$')"), 10);
    EXPECT_EQ(database.count("pairs WHERE pg_match(value, pattern)"), 20);
    EXPECT_EQ(database.count("pairs a, pairs b WHERE pg_match(a.value, b.pattern)"), 20);
}

}  // namespace
}  // namespace muster::store
