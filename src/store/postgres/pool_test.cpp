// What a pool does where it cannot go on as it is: too slow, too much, statements that are of no
// more use, the end.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/pool.hpp"

#include <future>
#include <thread>
#include <vector>

#include "store/postgres/postgres_fixture.hpp"

namespace muster::store {
namespace {

using core::Result;

TEST_F(PostgresStoreTest, WhatTakesTooLongIsRefused) {
    m_store.reset();
    m_options.read_timeout = std::chrono::milliseconds(50);
    m_options.write_timeout = std::chrono::milliseconds(50);
    open();
    std::string sqlstate;
    const auto slow = [&](Transaction& tx) -> Result<bool> {
        try {
            tx.all("SELECT pg_sleep(5)");
        } catch (const ArgumentRefused& refused) {  // the table API says it as PostgREST does
            sqlstate = refused.sqlstate();
            throw;
        }
        return true;
    };
    for (const bool writes : {false, true}) {
        SCOPED_TRACE(writes ? "write" : "read");
        sqlstate.clear();
        const auto done = writes ? m_store->write_now(slow) : m_store->read_now(slow);
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, core::Code::database_unavailable);
        EXPECT_EQ(sqlstate, "57014");
    }
}

TEST_F(PostgresStoreTest, WhoWaitsForALockForTooLongIsRefused) {
    m_store.reset();
    m_options.write_timeout = std::chrono::milliseconds(200);
    open();
    sql("INSERT INTO tally (n) VALUES (1)");
    postgres::Connection other(m_options.database);
    other.script("BEGIN; UPDATE muster.tally SET text = 'theirs'");
    const auto update = [](Transaction& tx) {
        tx.execute("UPDATE tally SET text = 'ours'");
        return Result<bool>(true);
    };
    const auto done = m_store->write_now(update);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, core::Code::database_unavailable);
    other.script("ROLLBACK");
    EXPECT_TRUE(m_store->write_now(update));
}

TEST_F(PostgresStoreTest, AMigrationBesideUsIsNoFailure) {
    m_store.reset();
    m_options.read_connections = 1;
    open();
    sql("INSERT INTO tally (n) VALUES (1)");
    const auto columns = [&] {
        return *m_store->read_now([](Transaction& tx) {
            return Result<std::size_t>(tx.one("SELECT * FROM tally")->size());
        });
    };
    EXPECT_EQ(columns(), 2U);
    sql("ALTER TABLE muster.tally ADD COLUMN more TEXT", true);
    EXPECT_EQ(columns(), 3U);
    EXPECT_EQ(columns(), 3U);
}

TEST_F(PostgresStoreTest, NamesThatTheServerForgetsAreNoFailure) {
    m_store.reset();
    m_options.write_connections = 1;
    open();
    for (int i = 0; i < 3; ++i) {
        const auto done = m_store->write_now([&](Transaction& tx) {
            tx.execute("INSERT INTO tally (n) VALUES ($1)", i);
            tx.execute("DEALLOCATE ALL");
            return Result<bool>(true);
        });
        EXPECT_TRUE(done);
    }
    EXPECT_EQ(count(), 3);
}

TEST_F(PostgresStoreTest, MoreThanTheQueueHoldsIsRefusedAndClosingFinishesTheRest) {
    m_store.reset();
    m_options.write_connections = 1;
    m_options.queue_length_max = 2;
    open();
    std::promise<void> begun;
    std::promise<void> go_on;
    auto first = std::async(std::launch::async, [&] {
        return m_store->write_now([&](Transaction&) {
            begun.set_value();
            go_on.get_future().wait();
            return Result<bool>(true);
        });
    });
    begun.get_future().wait();
    std::vector<std::future<Result<bool>>> waiting;
    for (int i = 0; i < 2; ++i) {
        waiting.push_back(std::async(std::launch::async, [this, i] {
            return m_store->write_now([i](Transaction& tx) {
                tx.execute("INSERT INTO tally (n) VALUES ($1)", i);
                return Result<bool>(true);
            });
        }));
    }
    while (m_store->statistics().write_queue_depth < 2) std::this_thread::yield();
    const auto refused = m_store->write_now([](Transaction&) { return Result<bool>(true); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Code::server_busy);

    auto closing =
        std::async(std::launch::async, [store = std::move(m_store)]() mutable { store.reset(); });
    go_on.set_value();
    closing.wait();
    EXPECT_TRUE(first.get());
    for (auto& each : waiting) EXPECT_TRUE(each.get());
    open();
    EXPECT_EQ(count(), 2);
}

}  // namespace
}  // namespace muster::store
