// Units of work on their way through the driver: group commit, isolation, queue limits.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <thread>

#include "store/sqlite/test_database.hpp"

namespace muster::store {
namespace {

using core::Code;
using core::Result;

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

TEST(GroupCommit, FailingUnitsAreUndoneWhateverTheWayTheyFail) {
    const auto insert = [](Transaction& transaction, int n) {
        transaction.execute("INSERT INTO tally (n) VALUES ($1)", n);
    };
    const struct Case {
        const char* name;
        std::function<Result<int>(Transaction&)> work;
        std::optional<Code> refusal;  // empty: it throws
    } cases[] = {
        {"returns an error",
         [&](Transaction& transaction) -> Result<int> {
             insert(transaction, 7);
             return core::fail(Code::token_bound);
         },
         Code::token_bound},
        {"breaks a rule of the database",
         [&](Transaction& transaction) -> Result<int> {
             insert(transaction, 7);
             insert(transaction, 7);
             return 0;
         },
         Code::conflict},
        {"throws",
         [&](Transaction& transaction) -> Result<int> {
             insert(transaction, 7);
             throw StoreError("bad row");
         },
         std::nullopt},
        {"broken SQL",
         [&](Transaction& transaction) -> Result<int> {
             insert(transaction, 7);
             transaction.execute("INSERT INTO nowhere VALUES (1)");
             return 0;
         },
         std::nullopt},
    };
    for (const bool in_a_group : {false, true}) {
        for (const Case& c : cases) {
            SCOPED_TRACE(std::string(c.name) + (in_a_group ? ", in a group" : ", alone"));
            TallyDatabase database;
            Gate gate;
            std::vector<std::jthread> neighbours;
            if (in_a_group) {
                neighbours.emplace_back([&] {
                    (void)database.store().write_now([&](Transaction&) -> Result<int> {
                        gate.wait();
                        return 0;
                    });
                });
                gate.await_entry();
                for (int n = 1; n <= 2; ++n) {
                    neighbours.emplace_back(
                        [&database, n] { database.sql("INSERT INTO tally (n) VALUES ($1)", n); });
                }
                while (database.store().statistics().write_queue_depth < 2) {
                    std::this_thread::yield();
                }
            }
            std::optional<Code> refusal;
            bool threw = false;
            std::jthread failing([&] {
                try {
                    const auto done = database.store().write_now(c.work);
                    if (!done) refusal = done.error().code;
                } catch (const StoreError&) {
                    threw = true;
                }
            });
            if (in_a_group) {
                while (database.store().statistics().write_queue_depth < 3) {
                    std::this_thread::yield();
                }
                gate.open();
            }
            failing.join();
            neighbours.clear();
            EXPECT_EQ(refusal, c.refusal);
            EXPECT_EQ(threw, !c.refusal.has_value());
            EXPECT_EQ(database.count("tally"), in_a_group ? 2 : 0);
            EXPECT_EQ(database.count("tally WHERE n = 7"), 0);
        }
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
    std::jthread holder([&] {
        (void)database.store().write_now([&](Transaction&) -> Result<int> {
            gate.wait();
            return 0;
        });
    });
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
    while (database.store().statistics().write_queue_depth < 2) std::this_thread::yield();
    gate.open();
    holder.join();
    threads.clear();
    EXPECT_EQ(failed.load(), 2);
    EXPECT_EQ(database.count("tally"), 0);
    database.sql("INSERT INTO tally (n) VALUES (1)");  // and the writer goes on
}

}  // namespace
}  // namespace muster::store
