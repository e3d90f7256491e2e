// Units of work on their way through the driver: group commit, isolation, queue limits.
// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include "store/sqlite/test_sqlite_database.hpp"

namespace muster::store {
namespace {

using core::Code;
using core::Result;

void hold_writer(TestDatabase& database, Gate& gate) {
    const auto held = database.store().write_now([&](Transaction&) -> Result<int> {
        gate.wait();
        return 0;
    });
    EXPECT_TRUE(held.has_value());
}

boost::asio::awaitable<void> add_number(Store& store, int number, std::atomic<int>& kept) {
    auto work = [number](Transaction& transaction) -> Result<int> {
        transaction.execute("INSERT INTO tally (n) VALUES ($1)", number);
        if (number % 5 == 0) return core::fail(Code::device_revoked);
        return number;
    };
    const Result<int> done = co_await store.write(work);
    if (number % 5 == 0) {
        EXPECT_EQ(done.error().code, Code::device_revoked);
        co_return;
    }
    EXPECT_EQ(done.value(), number);
    auto look = [number](Transaction& transaction) -> Result<bool> {
        return transaction.one("SELECT 1 FROM tally WHERE n = $1", number).has_value();
    };
    const Result<bool> seen = co_await store.read(look);  // acknowledged, so every reader sees it
    EXPECT_TRUE(seen.value());
    ++kept;
}

TEST(GroupCommit, ManyCoroutinesShareCommitsAndFailuresHurtNobodyElse) {
    TallyDatabase database;
    std::atomic<int> kept = 0;
    constexpr int writers = 1'000;
    const auto before = database.store().statistics();
    boost::asio::io_context context(1);
    for (int i = 1; i <= writers; ++i) {
        boost::asio::co_spawn(context, add_number(database.store(), i, kept),
                              boost::asio::detached);
    }
    context.run();
    EXPECT_EQ(kept.load(), 800);
    EXPECT_EQ(database.count("tally"), 800);
    EXPECT_EQ(database.count("tally WHERE n % 5 = 0"), 0);
    const auto after = database.store().statistics();
    EXPECT_EQ(after.writes - before.writes, 800U);
    EXPECT_LT(after.commits - before.commits, 400U);
}

TEST(GroupCommit, CoroutinesOnSeveralThreadsAndPlainThreadsAtOnce) {
    TallyDatabase database;
    std::atomic<int> kept = 0;
    boost::asio::thread_pool pool(2);
    for (int i = 1; i <= 300; ++i) {
        boost::asio::co_spawn(pool, add_number(database.store(), i, kept), boost::asio::detached);
    }
    std::vector<std::jthread> threads;
    for (int t = 1; t <= 3; ++t) {
        threads.emplace_back([&database, t] {
            for (int i = 1; i <= 40; ++i) {
                database.sql("INSERT INTO tally (n) VALUES ($1)", t * 10'000 + i);
            }
        });
    }
    threads.clear();
    pool.join();
    EXPECT_EQ(kept.load(), 240);
    EXPECT_EQ(database.count("tally"), 240 + 120);
}

struct Failing {
    const char* name;
    std::function<Result<int>(Transaction&)> work;
    std::optional<Code> refusal;  ///< empty: it throws
};

/// Each writes a 7 before it fails.
std::vector<Failing> failing_units() {
    constexpr const char* insert = "INSERT INTO tally (n) VALUES (7)";
    return {
        {"returns an error",
         [](Transaction& tx) -> Result<int> {
             tx.execute(insert);
             return core::fail(Code::token_bound);
         },
         Code::token_bound},
        {"breaks a rule of the database",
         [](Transaction& tx) -> Result<int> {
             tx.execute(insert);
             tx.execute(insert);
             return 0;
         },
         Code::conflict},
        {"throws",
         [](Transaction& tx) -> Result<int> {
             tx.execute(insert);
             throw StoreError("bad row");
         },
         std::nullopt},
        {"broken SQL",
         [](Transaction& tx) -> Result<int> {
             tx.execute(insert);
             tx.execute("INSERT INTO nowhere VALUES (1)");
             return 0;
         },
         std::nullopt},
    };
}

void wait_for_queued_writes(TestDatabase& database, std::size_t count) {
    while (database.store().statistics().write_queue_depth < count) std::this_thread::yield();
}

void expect_failure(TestDatabase& database, const Failing& c) {
    std::optional<Code> refusal;
    bool threw = false;
    try {
        const auto done = database.store().write_now(c.work);
        if (!done) refusal = done.error().code;
    } catch (const StoreError&) {
        threw = true;
    }
    EXPECT_EQ(refusal, c.refusal);
    EXPECT_EQ(threw, !c.refusal.has_value());
}

TEST(GroupCommit, UnitsThatFailAloneAreUndone) {
    for (const Failing& c : failing_units()) {
        SCOPED_TRACE(c.name);
        TallyDatabase database;
        expect_failure(database, c);
        EXPECT_EQ(database.count("tally"), 0);
    }
}

TEST(GroupCommit, UnitsThatFailInAGroupAreUndoneAndTheirNeighboursKept) {
    for (const Failing& c : failing_units()) {
        SCOPED_TRACE(c.name);
        TallyDatabase database;
        Gate gate;
        std::vector<std::jthread> threads;
        threads.emplace_back([&] { hold_writer(database, gate); });
        gate.await_entry();
        threads.emplace_back([&] { database.sql("INSERT INTO tally (n) VALUES (1)"); });
        wait_for_queued_writes(database, 1);
        threads.emplace_back([&] { expect_failure(database, c); });
        wait_for_queued_writes(database, 2);
        threads.emplace_back([&] { database.sql("INSERT INTO tally (n) VALUES (2)"); });
        wait_for_queued_writes(database, 3);
        gate.open();
        threads.clear();
        EXPECT_EQ(database.count("tally"), 2);
        EXPECT_EQ(database.count("tally WHERE n = 7"), 0);
    }
}

boost::asio::awaitable<void> expect_busy(Store& store, bool writing) {
    auto nothing = [](Transaction&) -> Result<int> { return 0; };
    std::optional<Result<int>> answer;
    if (writing) {
        answer.emplace(co_await store.write(nothing));
    } else {
        answer.emplace(co_await store.read(nothing));
    }
    EXPECT_EQ(answer->error().code, Code::server_busy);
}

TEST(GroupCommit, OneWaitingUnitTooManyIsRefused) {
    SqliteOptions options;
    options.queue_length_max = 3;
    options.reader_count = 1;
    TallyDatabase database(options);
    for (const bool writing : {true, false}) {
        SCOPED_TRACE(writing ? "writes" : "reads");
        const auto perform = [&](auto& work) {
            return writing ? database.store().write_now(work) : database.store().read_now(work);
        };
        Gate gate;
        std::atomic<int> done = 0;
        auto hold = [&](Transaction&) -> Result<int> {
            gate.wait();
            return 0;
        };
        auto nothing = [](Transaction&) -> Result<int> { return 0; };
        std::vector<std::jthread> threads;
        threads.emplace_back([&] { done += perform(hold).has_value() ? 1 : 0; });
        gate.await_entry();
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] { done += perform(nothing).has_value() ? 1 : 0; });
        }
        const auto depth = [&] {
            const auto statistics = database.store().statistics();
            return writing ? statistics.write_queue_depth : statistics.read_queue_depth;
        };
        while (depth() < 3) std::this_thread::yield();
        const Result<int> refused = perform(nothing);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code, Code::server_busy);
        boost::asio::io_context context(1);
        boost::asio::co_spawn(context, expect_busy(database.store(), writing),
                              boost::asio::detached);
        context.run();
        gate.open();
        threads.clear();
        EXPECT_EQ(done.load(), 4);
    }
}

TEST(GroupCommit, ReadersSeeOnlyWhatIsCommittedAndCannotWrite) {
    TallyDatabase database;
    Gate gate;
    std::jthread writer([&] {
        (void)database.store().write_now([&](Transaction& transaction) -> Result<int> {
            transaction.execute("INSERT INTO tally (n) VALUES (1)");
            gate.wait();
            return 0;
        });
    });
    gate.await_entry();
    EXPECT_EQ(database.count("tally"), 0);
    gate.open();
    writer.join();
    EXPECT_EQ(database.count("tally"), 1);
    auto write = [](Transaction& transaction) -> Result<int> {
        transaction.execute("DELETE FROM tally");
        return 0;
    };
    EXPECT_THROW((void)database.store().read_now(write), StoreError);
    EXPECT_EQ(database.count("tally"), 1);
}

TEST(GroupCommit, AReaderKeepsItsSnapshot) {
    TallyDatabase database;
    (void)database.store().read_now([&](Transaction& transaction) -> Result<int> {
        const auto count = [&] {
            return transaction.one("SELECT count(*) FROM tally")->integer(0);
        };
        EXPECT_EQ(count(), 0);
        database.sql("INSERT INTO tally (n) VALUES (1)");
        EXPECT_EQ(count(), 0);
        return 0;
    });
    EXPECT_EQ(database.count("tally"), 1);
}

TEST(GroupCommit, AFailedCommitIsReportedToTheWholeGroup) {
    TallyDatabase database;
    database.sql("CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT");
    database.sql(
        "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED) STRICT");
    Gate gate;
    std::jthread holder([&] { hold_writer(database, gate); });
    gate.await_entry();
    std::atomic<int> failed = 0;
    std::vector<std::jthread> threads;
    for (const char* statement :
         {"INSERT INTO child VALUES (1)", "INSERT INTO tally (n) VALUES (1)"}) {
        threads.emplace_back([&, statement] {
            try {
                database.sql(statement);
            } catch (const StoreError&) {
                ++failed;
            }
        });
    }
    wait_for_queued_writes(database, 2);
    gate.open();
    holder.join();
    threads.clear();
    EXPECT_EQ(failed.load(), 2);
    EXPECT_EQ(database.count("tally"), 0);
    database.sql("INSERT INTO tally (n) VALUES (1)");  // and the writer goes on
}

}  // namespace
}  // namespace muster::store
