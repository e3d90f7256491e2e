// That applying migrations is safe to repeat and to race.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/migrate.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "store/sqlite/test_sqlite_database.hpp"

namespace muster::store {
namespace {

const Migration known[] = {
    {"0001_first.sql", "CREATE TABLE first (id INTEGER) STRICT; INSERT INTO first VALUES (1);"},
    {"0002_second.sql", "CREATE TABLE second (id INTEGER) STRICT;"},
    {"0003_third.sql", "CREATE TABLE third (id INTEGER) STRICT;"},
};

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

TEST(Migrate, AppliedOnceAndContinued) {
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

TEST(Migrate, AScriptThatFailsLeavesNothingOfItself) {
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

TEST(Migrate, TwoThatStartAtOnceBothSucceed) {
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

}  // namespace
}  // namespace muster::store
