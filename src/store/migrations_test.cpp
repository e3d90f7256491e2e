// Which records of migrations are accepted.
// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.hpp"

#include <gtest/gtest.h>

#include "store/test_database.hpp"

namespace muster::store {
namespace {

const Migration known[] = {
    {"0001_first.sql", "CREATE TABLE first (id INTEGER) STRICT; INSERT INTO first VALUES (1);"},
    {"0002_second.sql", "CREATE TABLE second (id INTEGER) STRICT;"},
    {"0003_third.sql", "CREATE TABLE third (id INTEGER) STRICT;"},
};

AppliedMigration as_applied(const Migration& migration) {
    return {std::string(migration.name), checksum_of(migration.sql)};
}

TEST(Migrations, ChecksumIsFnv1a) {
    EXPECT_EQ(checksum_of(""), "cbf29ce484222325");
    EXPECT_EQ(checksum_of("a"), "af63dc4c8601ec8c");
    EXPECT_EQ(checksum_of("foobar"), "85944171f73967e8");
}

TEST(Migrations, RecordsThatAreAccepted) {
    const AppliedMigration edited{"0002_second.sql", checksum_of("something else")};
    const AppliedMigration newer{"0004_fourth.sql", checksum_of("x")};
    const auto first = as_applied(known[0]);
    const auto second = as_applied(known[1]);
    const auto third = as_applied(known[2]);
    const struct {
        const char* name;
        std::vector<AppliedMigration> applied;
        const char* refusal;  // null: accepted
    } cases[] = {
        {"a new database", {}, nullptr},
        {"an older one", {first, second}, nullptr},
        {"a current one", {first, second, third}, nullptr},
        {"a newer one", {first, second, third, newer}, "newer version"},
        {"a newer one that shares little", {first, newer}, "newer version"},
        {"an edited script", {first, edited, third}, "was changed"},
        {"a gap", {first, third}, "out of order"},
        {"the first is missing", {second, third}, "out of order"},
        {"another order", {second, first, third}, "out of order"},
        {"one twice", {first, first}, "out of order"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        std::string refusal;
        try {
            EXPECT_EQ(count_applied(known, c.applied), c.applied.size());
        } catch (const StoreError& error) {
            refusal = error.what();
        }
        EXPECT_EQ(refusal.empty(), c.refusal == nullptr) << refusal;
        if (c.refusal != nullptr) {
            EXPECT_NE(refusal.find(c.refusal), std::string::npos) << refusal;
        }
    }
}

TEST(Migrations, ABuildWithScriptsOutOfOrderIsRefused) {
    const Migration disorderly[] = {known[1], known[0]};
    EXPECT_THROW((void)count_applied(disorderly, {}), StoreError);
    const Migration doubled[] = {known[0], known[0]};
    EXPECT_THROW((void)count_applied(doubled, {}), StoreError);
    EXPECT_EQ(count_applied(sqlite_migrations(), {}), 0U);
    EXPECT_GE(sqlite_migrations().size(), 4U);
}

TEST(MigratedDatabase, ANewerDatabaseIsNotOpened) {
    TestDatabase database;
    database.define(
        "INSERT INTO schema_migrations (name, checksum) VALUES ('9999_later.sql', 'x')");
    database.close();
    EXPECT_THROW(database.open(), StoreError);
}

}  // namespace
}  // namespace muster::store
