// Which records of migrations are accepted, and that applying them is safe to repeat and to race.
// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "store/sqlite/migrate.hpp"
#include "store/sqlite/test_database.hpp"

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

/// A database that has been through any list of migrations.
class Target {
public:
    Target() {
        sqlite::create_file(m_file);
        m_connection = open();
    }
    std::unique_ptr<sqlite::Connection> open() {
        const sqlite::ConnectionOptions options{m_file, sqlite::ConnectionUse::write};
        return std::make_unique<sqlite::Connection>(options, m_clock, m_random);
    }
    void migrate(std::span<const Migration> migrations) {
        sqlite::migrate(*m_connection, migrations);
    }
    /// What the operator reads when that is refused; empty if it is not.
    std::string refusal(std::span<const Migration> migrations) {
        try {
            migrate(migrations);
        } catch (const StoreError& error) {
            EXPECT_FALSE(m_connection->in_transaction());
            return error.what();
        }
        return {};
    }
    std::int64_t count(const std::string& from) {
        return m_connection->statement("SELECT count(*) FROM " + from).query({}).at(0).integer(0);
    }

private:
    TestFolder m_folder;
    std::filesystem::path m_file = m_folder.path() / "muster.db";
    fakes::FakeClock m_clock;
    fakes::FakeRandom m_random;
    std::unique_ptr<sqlite::Connection> m_connection;
};

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

TEST(Migrations, AppliedOnceAndContinued) {
    Target target;
    target.migrate(std::span(known).first(2));
    EXPECT_EQ(target.count("schema_migrations"), 2);
    target.migrate(known);
    target.migrate(known);
    EXPECT_EQ(target.count("schema_migrations"), 3);
    EXPECT_EQ(target.count("first"), 1);
    EXPECT_NE(target.refusal(std::span(known).first(2)).find("newer version"), std::string::npos);
    EXPECT_EQ(target.count("third"), 0);
}

TEST(Migrations, AScriptThatFailsLeavesNothingOfItself) {
    Target target;
    const Migration broken[] = {
        known[0],
        {"0002_broken.sql",
         "CREATE TABLE half (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"}};
    EXPECT_NE(target.refusal(broken).find("0002_broken.sql"), std::string::npos);
    EXPECT_EQ(target.count("schema_migrations"), 1);
    EXPECT_EQ(target.count("sqlite_schema WHERE name = 'half'"), 0);
    target.migrate(known);
    EXPECT_EQ(target.count("schema_migrations"), 3);
}

TEST(Migrations, TwoThatStartAtOnceBothSucceed) {
    for (int round = 0; round < 5; ++round) {
        TestFolder folder;
        SqliteOptions options;
        options.file = folder.path() / "muster.db";
        fakes::FakeClock clock;
        fakes::FakeRandom random;
        std::unique_ptr<Store> stores[2];
        std::vector<std::jthread> threads;
        for (auto& store : stores) {
            threads.emplace_back([&] { store = open_sqlite(options, clock, random); });
        }
        threads.clear();
        auto count = [](Transaction& transaction) -> core::Result<std::int64_t> {
            return transaction.one("SELECT count(*) FROM schema_migrations")->integer(0);
        };
        for (const auto& store : stores) {
            ASSERT_TRUE(store);
            EXPECT_EQ(store->read_now(count).value(),
                      static_cast<std::int64_t>(sqlite_migrations().size()));
        }
    }
}

TEST(Migrations, ANewerDatabaseIsNotOpened) {
    TestDatabase database;
    database.sql("INSERT INTO schema_migrations (name, checksum) VALUES ('9999_later.sql', 'x')");
    database.close();
    EXPECT_THROW(database.open(), StoreError);
}

}  // namespace
}  // namespace muster::store
