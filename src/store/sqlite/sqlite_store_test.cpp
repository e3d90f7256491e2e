// The driver's statements, functions, errors, files and WAL.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/sqlite_store.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "store/sqlite/errors.hpp"
#include "store/sqlite/test_sqlite_database.hpp"

namespace muster::store {
namespace {

using core::Code;
using core::Result;

TEST(SqliteStore, ParametersAreNumberedAndCounted) {
    TallyDatabase database;
    const auto numbered = database.rows("SELECT $2, $1, $2", "one", 2);
    EXPECT_EQ(numbered.at(0).integer(0), 2);
    EXPECT_EQ(numbered.at(0).text(1), "one");
    EXPECT_EQ(database.rows("SELECT $1 = ''", std::string_view()).at(0).integer(0), 1);
    EXPECT_TRUE(database.rows("SELECT $1", nullptr).at(0).is_null(0));
    EXPECT_EQ(database.rows("SELECT $1", std::string(3, '\0')).at(0).text(0).size(), 3U);
    const struct {
        const char* name;
        const char* sql;
    } one_parameter_cases[] = {
        {"too few", "SELECT $1, $2"},
        {"too many", "SELECT 1"},
        {"a gap", "SELECT $2"},
        {"another kind", "SELECT ?1"},
        {"by name", "SELECT :name"},
        {"two statements", "SELECT $1; SELECT 2"},
        {"no statement", "-- nothing"},
        {"broken", "SELEKT $1"},
        {"an identifier in quotes is not text", "SELECT \"no_such_column\", $1"},
    };
    for (const auto& c : one_parameter_cases) {
        SCOPED_TRACE(c.name);
        EXPECT_THROW((void)database.rows(c.sql, 1), StoreError);
    }
}

TEST(SqliteStore, ExecuteCountsRowsAndRefusesAnswers) {
    TallyDatabase database;
    (void)database.store().write_now([](Transaction& transaction) -> Result<int> {
        EXPECT_EQ(transaction.execute("INSERT INTO tally (n) VALUES (1), (2), (3)"), 3);
        EXPECT_EQ(transaction.execute("UPDATE tally SET text = 'x' WHERE n > $1", 1), 2);
        EXPECT_EQ(transaction.execute("UPDATE tally SET text = 'x' WHERE n > $1", 9), 0);
        EXPECT_THROW(transaction.execute("SELECT 1"), StoreError);
        const auto returned = transaction.one("DELETE FROM tally WHERE n = 3 RETURNING n, text");
        EXPECT_EQ(returned->integer(0), 3);
        EXPECT_EQ(returned->text(1), "x");
        EXPECT_THROW(returned->text(0), StoreError);
        EXPECT_THROW(returned->integer(2), StoreError);
        EXPECT_THROW(returned->timestamp(1), StoreError);
        return 0;
    });
    EXPECT_EQ(database.count("tally"), 2);
}

TEST(SqliteStore, MoreStatementsThanTheCacheHolds) {
    TallyDatabase database;
    for (int round = 0; round < 2; ++round) {
        (void)database.store().read_now([](Transaction& transaction) -> Result<int> {
            for (int i = 0; i <= 257; ++i) {
                const std::string sql = "SELECT " + std::to_string(i) + " ; ";
                EXPECT_EQ(transaction.one(sql)->integer(0), i);
                EXPECT_EQ(transaction.one("SELECT -1")->integer(0), -1);
            }
            return 0;
        });
    }
}

TEST(SqliteStore, FunctionsFollowTheUnitOfWork) {
    TestDatabase database;
    const std::string start = core::to_text(database.clock.now());
    auto look = [&](Transaction& transaction) -> Result<int> {
        const auto first = transaction.one(
            "SELECT now(), gen_random_uuid(), request_role(), request_user(), "
            "request_is_trusted()");
        EXPECT_EQ(first->text(2), "server");
        EXPECT_TRUE(first->is_null(3));
        EXPECT_TRUE(first->boolean(4));
        EXPECT_TRUE(base::is_uuid(first->text(1)));
        database.clock.advance(std::chrono::seconds(1));
        EXPECT_EQ(transaction.one("SELECT now()")->text(0), first->text(0));
        transaction.act_as({"authenticated", "u-1"});
        const auto second = transaction.one(
            "SELECT request_role(), request_user(), request_is_trusted(), gen_random_uuid()");
        EXPECT_EQ(second->text(0), "authenticated");
        EXPECT_EQ(second->text(1), "u-1");
        EXPECT_FALSE(second->boolean(2));
        EXPECT_NE(second->text(3), first->text(1));
        EXPECT_THROW(transaction.act_as({"postgres", ""}), StoreError);
        return 0;
    };
    EXPECT_EQ(database.rows("SELECT now()").at(0).text(0), start);
    EXPECT_TRUE(database.store().write_now(look).has_value());
    EXPECT_TRUE(database.store().write_now(look).has_value());
    EXPECT_TRUE(database.store().read_now(look).has_value());
    EXPECT_NE(database.rows("SELECT now()").at(0).text(0), start);
    for (const char* statement : {"SELECT enter_system()", "SELECT leave_system()"}) {
        EXPECT_THROW((void)database.rows(statement), StoreError) << statement;
    }
}

TEST(SqliteStore, ErrorsAreToldByCode) {
    using Kind = ConstraintViolation::Kind;
    const struct {
        const char* name;
        int code;
        std::optional<Kind> kind;
    } cases[] = {
        {"unique", SQLITE_CONSTRAINT_UNIQUE, Kind::unique},
        {"primary key", SQLITE_CONSTRAINT_PRIMARYKEY, Kind::unique},
        {"rowid", SQLITE_CONSTRAINT_ROWID, Kind::unique},
        {"foreign key", SQLITE_CONSTRAINT_FOREIGNKEY, Kind::foreign_key},
        {"not null", SQLITE_CONSTRAINT_NOTNULL, Kind::not_null},
        {"check", SQLITE_CONSTRAINT_CHECK, Kind::check},
        {"strict type", SQLITE_CONSTRAINT_DATATYPE, Kind::check},
        {"guard", SQLITE_CONSTRAINT_TRIGGER, Kind::guard},
        {"other constraint", SQLITE_CONSTRAINT_FUNCTION, std::nullopt},
        {"busy", SQLITE_BUSY, std::nullopt},
        {"disk full", SQLITE_FULL, std::nullopt},
        {"corrupt", SQLITE_CORRUPT, std::nullopt},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(sqlite::constraint_kind(c.code), c.kind);
    }
}

TEST(SqliteStore, RefusalsOfTheDatabaseHaveACode) {
    TallyDatabase database;
    database.sql(
        "CREATE TABLE ruled (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
        "size INTEGER CHECK (size < 10), tally INTEGER REFERENCES tally) STRICT");
    database.sql("INSERT INTO ruled VALUES (1, 'a', 1, NULL)");
    database.sql(
        "CREATE TRIGGER guard BEFORE DELETE ON ruled BEGIN SELECT RAISE(ABORT, 'no'); END");
    const struct {
        const char* name;
        const char* sql;
        Code code;
    } cases[] = {
        {"primary key", "INSERT INTO ruled VALUES (1, 'b', 1, NULL)", Code::conflict},
        {"unique", "INSERT INTO ruled VALUES (2, 'a', 1, NULL)", Code::conflict},
        {"foreign key", "INSERT INTO ruled VALUES (2, 'b', 1, 99)", Code::conflict},
        {"not null", "INSERT INTO ruled VALUES (2, NULL, 1, NULL)", Code::invalid_value},
        {"check", "INSERT INTO ruled VALUES (2, 'b', 10, NULL)", Code::invalid_value},
        {"type", "INSERT INTO ruled VALUES (2, 'b', 'x', NULL)", Code::invalid_value},
        {"guard", "DELETE FROM ruled", Code::permission_denied},
        {"guard against REPLACE", "REPLACE INTO ruled VALUES (1, 'b', 1, NULL)",
         Code::permission_denied},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(database.refusal_of(Actor{}, c.sql), c.code);
    }
    EXPECT_EQ(database.count("ruled"), 1);
}

TEST(SqliteStore, AnotherProcessThatWritesTooLongIsAnError) {
    SqliteOptions options;
    options.busy_timeout = std::chrono::milliseconds(30);
    TallyDatabase database(options);
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(database.file().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_THROW(database.sql("INSERT INTO tally (n) VALUES (1)"), StoreError);
    EXPECT_EQ(database.count("tally"), 0);
    ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
    database.sql("INSERT INTO tally (n) VALUES (1)");
    EXPECT_EQ(database.count("tally"), 1);
}

TEST(SqliteStore, FilesAreForTheirOwnerOnlyAndCloseCleanly) {
    TallyDatabase database;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat status = {};
        ASSERT_EQ(stat((database.file().string() + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
    }
    database.sql("INSERT INTO tally (n) VALUES (1)");
    database.close();
    EXPECT_FALSE(std::filesystem::exists(database.file().string() + "-wal"));
    database.open();
    EXPECT_EQ(database.count("tally"), 1);
}

TEST(SqliteStore, ClosingFinishesWhatIsWaiting) {
    TallyDatabase database;
    Gate gate;
    std::atomic<int> done = 0;
    std::vector<std::jthread> threads;
    threads.emplace_back([&] {
        (void)database.store().write_now([&](Transaction&) -> Result<int> {
            gate.wait();
            return 0;
        });
    });
    gate.await_entry();
    for (int n = 1; n <= 5; ++n) {
        threads.emplace_back([&, n] {
            database.sql("INSERT INTO tally (n) VALUES ($1)", n);
            ++done;
        });
    }
    while (database.store().statistics().write_queue_depth < 5) std::this_thread::yield();
    std::jthread opener([&] { gate.open(); });
    database.close();
    threads.clear();
    EXPECT_EQ(done.load(), 5);
    database.open();
    EXPECT_EQ(database.count("tally"), 5);
}

TEST(SqliteStore, TheWalStartsOverUnderALoadThatNeverPauses) {
    SqliteOptions options;
    options.checkpoint_pages = 50;
    options.wal_pages_max = 200;
    TallyDatabase database(options);
    const std::string page(4'000, 'x');
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 1'000; ++i) {
                database.sql("INSERT INTO tally (n, text) VALUES ($1, $2)", t * 10'000 + i, page);
            }
        });
    }
    threads.clear();
    EXPECT_GT(database.store().statistics().checkpoints, 1U);
    // 2,000 rows are more than 2,000 pages; without a restart the WAL would hold them all.
    EXPECT_LT(std::filesystem::file_size(database.file().string() + "-wal"), 1'000U * 4'096U);
    EXPECT_EQ(database.count("tally"), 2'000);
}

TEST(SqliteStore, ALongReaderDelaysTheRestartButNotTheWriter) {
    SqliteOptions options;
    options.checkpoint_pages = 20;
    options.wal_pages_max = 40;
    TallyDatabase database(options);
    const std::string page(4'000, 'x');
    (void)database.store().read_now([&](Transaction& transaction) -> Result<int> {
        EXPECT_TRUE(transaction.all("SELECT 1 FROM tally").empty());
        for (int i = 0; i < 150; ++i) {
            database.sql("INSERT INTO tally (n, text) VALUES ($1, $2)", i, page);
        }
        EXPECT_TRUE(transaction.all("SELECT 1 FROM tally").empty());
        return 0;
    });
    EXPECT_EQ(database.count("tally"), 150);
}

TEST(SqliteStore, FilesThatCannotBeOpenedAreAnError) {
    TestFolder folder;
    fakes::FakeClock clock;
    fakes::FakeRandom random;
    const auto garbage = folder.path() / "garbage";
    {
        std::FILE* file = std::fopen(garbage.c_str(), "w");
        const std::string text(5'000, 'g');
        std::fwrite(text.data(), 1, text.size(), file);
        std::fclose(file);
    }
    for (const auto& path : {garbage, folder.path(), folder.path() / "missing" / "muster.db"}) {
        SCOPED_TRACE(path.string());
        SqliteOptions options;
        options.file = path;
        EXPECT_THROW((void)open_sqlite(options, clock, random), StoreError);
    }
}

}  // namespace
}  // namespace muster::store
