// The driver against a real PostgreSQL: values, refusals, retries, lost connections.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/postgres_store.hpp"

#include <atomic>
#include <barrier>
#include <thread>
#include <utility>

#include "store/postgres/errors.hpp"
#include "store/postgres/postgres_fixture.hpp"

namespace muster::store {
namespace {

using core::Result;

TEST_F(PostgresStoreTest, CellsComeBackInTheFormsOfTheOtherDatabase) {
    auto row = m_store->read_now([](Transaction& tx) {
        return Result<Row>(*tx.one(
            "SELECT true, 7::smallint, 1.5::float8, 12.50::numeric, "
            "'2026-01-01 01:00:00.12+01'::timestamptz, ARRAY['a','b \"c\"',NULL,'{x,}'], NULL, "
            "'{\"a\":1}'::jsonb, '0000000A-0000-7000-8000-00000000000b'::uuid, $1::text, $2::int, "
            "$3::boolean, $4::float8",
            "text with 'quotes' \\ ", 9, true, 0.1));
    });
    ASSERT_TRUE(row);
    EXPECT_TRUE(row->boolean(0));
    EXPECT_EQ(row->integer(1), 7);
    EXPECT_EQ(std::get<double>(row->cells()[2]), 1.5);
    EXPECT_EQ(row->text(3), "12.50");
    EXPECT_EQ(row->text(4), "2026-01-01T00:00:00.120000+00:00");
    EXPECT_EQ(row->text(5), R"(["a","b \"c\"",null,"{x,}"])");
    EXPECT_TRUE(row->is_null(6));
    EXPECT_EQ(row->text(7), R"({"a": 1})");
    EXPECT_EQ(row->text(8), "0000000a-0000-7000-8000-00000000000b");
    EXPECT_EQ(row->text(9), "text with 'quotes' \\ ");
    EXPECT_EQ(row->integer(10), 9);
    EXPECT_TRUE(row->boolean(11));
    EXPECT_EQ(std::get<double>(row->cells()[12]), 0.1);
}

TEST_F(PostgresStoreTest, ARefusalUndoesEverythingOfItsUnit) {
    const auto refused = m_store->write_now([](Transaction& tx) -> Result<bool> {
        tx.execute("INSERT INTO tally (n) VALUES (1)");
        return core::fail(core::Code::conflict);
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(count(), 0);
}

TEST_F(PostgresStoreTest, RulesOfTheDatabaseBecomeRefusals) {
    sql("INSERT INTO tally (n) VALUES (1)");
    struct Case {
        const char* sql;
        core::Code code;
    };
    for (const Case& each :
         {Case{"INSERT INTO tally (n) VALUES (1)", core::Code::conflict},
          Case{"INSERT INTO tally (n) VALUES (NULL)", core::Code::invalid_value},
          Case{"INSERT INTO tally (n) VALUES (1000000)", core::Code::invalid_value},
          Case{"DELETE FROM schema_migrations", core::Code::permission_denied}}) {
        for (const bool later : {false, true}) {
            const auto refused = m_store->write_now([&](Transaction& tx) {
                later ? tx.enqueue(each.sql) : static_cast<void>(tx.execute(each.sql));
                return Result<bool>(true);
            });
            ASSERT_FALSE(refused) << each.sql;
            EXPECT_EQ(refused.error().code, each.code) << each.sql;
        }
    }
    EXPECT_EQ(count(), 1);
}

TEST_F(PostgresStoreTest, AViolationSaysWhichColumns) {
    sql("INSERT INTO tally (n) VALUES (1)");
    std::string said;
    const auto refused = m_store->write_now([&](Transaction& tx) -> Result<bool> {
        try {
            tx.execute("INSERT INTO tally (n) VALUES (1)");
        } catch (const ConstraintViolation& violation) {
            const DatabaseWords& words = violation.words();
            said = violation.rule() + "|" + words.sqlstate + "|" + words.detail;
        }
        return core::fail(core::Code::conflict);
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(said, "tally.n|23505|Key (n)=(1) already exists.");
}

TEST_F(PostgresStoreTest, UnitsThatMeetRunAgainUntilAllAreThere) {
    sql("INSERT INTO tally (n, text) VALUES (1, '0')");
    constexpr int threads = 8;
    constexpr int each = 25;
    std::vector<std::thread> crowd;
    for (int i = 0; i < threads; ++i) {
        crowd.emplace_back([&] {
            for (int k = 0; k < each; ++k) {
                const auto done = m_store->write_now([](Transaction& tx) {
                    const int was = std::stoi(tx.one("SELECT text FROM tally")->text(0));
                    tx.execute("UPDATE tally SET text = $1", std::to_string(was + 1));
                    return Result<bool>(true);
                });
                EXPECT_TRUE(done);
            }
        });
    }
    for (auto& thread : crowd) thread.join();
    const auto text = m_store->read_now([](Transaction& tx) {
        return Result<std::string>(tx.one("SELECT text FROM tally")->text(0));
    });
    EXPECT_EQ(*text, std::to_string(threads * each));
}

TEST_F(PostgresStoreTest, OneOfTwoThatWaitForEachOtherStartsOver) {
    sql("INSERT INTO tally (n, text) VALUES (1, ''), (2, '')");
    std::barrier both_hold_one(2);
    std::atomic<int> runs{0};
    const auto update = [&](int first, int second) {
        bool is_first_run = true;
        const auto done = m_store->write_now([&](Transaction& tx) {
            ++runs;
            tx.execute("UPDATE tally SET text = text || 'x' WHERE n = $1", first);
            if (std::exchange(is_first_run, false)) both_hold_one.arrive_and_wait();
            tx.execute("UPDATE tally SET text = text || 'x' WHERE n = $1", second);
            return Result<bool>(true);
        });
        EXPECT_TRUE(done);
    };
    std::thread other([&] { update(2, 1); });
    update(1, 2);
    other.join();
    EXPECT_GE(runs, 3);
    const auto texts = m_store->read_now([](Transaction& tx) {
        return Result<std::string>(tx.one("SELECT string_agg(text, ',') FROM tally")->text(0));
    });
    EXPECT_EQ(*texts, "xx,xx");
}

TEST_F(PostgresStoreTest, WhatAVanishedClientHoldsIsGivenBack) {
    const auto limit = [](Transaction& tx) {
        return Result<std::string>(
            tx.one("SELECT current_setting('idle_in_transaction_session_timeout')")->text(0));
    };
    EXPECT_EQ(*m_store->read_now(limit), "15s");
    EXPECT_EQ(*m_store->write_now(limit), "15s");
}

TEST_F(PostgresStoreTest, AReadThatWritesIsTheCallersMistake) {
    int runs = 0;
    const auto write = [&](Transaction& tx) {
        ++runs;
        tx.execute("INSERT INTO tally (n) VALUES (1)");
        return Result<bool>(true);
    };
    EXPECT_THROW(static_cast<void>(m_store->read_now(write)), ArgumentRefused);
    EXPECT_EQ(runs, 1);
}

TEST_F(PostgresStoreTest, ALostConnectionIsFoundAgain) {
    sql("INSERT INTO tally (n) VALUES (1)");
    kill_connections();
    sql("INSERT INTO tally (n) VALUES (2)");
    EXPECT_EQ(count(), 2);
}

TEST_F(PostgresStoreTest, AConnectionThatEndedIdleMakesNoCommitUncertain) {
    for (int n = 0; n < 8; ++n) {
        const auto done = m_store->write_now([n](Transaction& tx) {
            tx.enqueue("INSERT INTO tally (n) VALUES ($1)", n);
            return Result<bool>(true);
        });
        EXPECT_TRUE(done);
        kill_connections();
    }
    EXPECT_EQ(count(), 8);
}

TEST_F(PostgresStoreTest, AConnectionLostInTheMiddleRunsTheUnitAgain) {
    int runs = 0;
    const auto done = m_store->write_now([&](Transaction& tx) {
        tx.execute("INSERT INTO tally (n) VALUES ($1)", ++runs);
        if (runs == 1) kill_connections();
        tx.execute("INSERT INTO tally (n) VALUES ($1)", 100 + runs);
        return Result<bool>(true);
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(count(), 2);
}

TEST_F(PostgresStoreTest, ALostCommitIsNotAcknowledgedAndNotRepeated) {
    int runs = 0;
    auto work = [&](Transaction& tx) {
        tx.execute("INSERT INTO tally (n) VALUES ($1)", ++runs);
        kill_connections();
        return Result<bool>(true);
    };
    const auto done = m_store->write_now(work);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, core::Code::database_unavailable);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(count(), 0);
}

TEST_F(PostgresStoreTest, TheActorIsTheDatabasesRole) {
    const auto seen = m_store->read_now([](Transaction& tx) {
        std::string text = tx.one("SELECT current_user || ' ' || request_role()")->text(0);
        tx.act_as({"authenticated", "00000000-0000-7000-8000-00000000000a", {}});
        text += " " + tx.one("SELECT current_user || ' ' || auth.uid()::text")->text(0);
        tx.act_as({});
        return Result<std::string>(text + " " + tx.one("SELECT current_user::text")->text(0));
    });
    EXPECT_EQ(*seen,
              "muster_server server authenticated 00000000-0000-7000-8000-00000000000a "
              "muster_server");
}

TEST_F(PostgresStoreTest, ManyStatementTextsDoNotPileUp) {
    for (int i = 0; i < 600; ++i) {
        sql(fmt::format("INSERT INTO tally (n) VALUES ({})", i));
    }
    EXPECT_EQ(count(), 600);
    const auto kept = m_store->read_now([](Transaction& tx) {
        return Result<std::int64_t>(
            tx.one("SELECT count(*) FROM pg_prepared_statements")->integer(0));
    });
    EXPECT_LE(*kept, 260);
}

TEST_F(PostgresStoreTest, ANulByteIsRefused) {
    const std::string text("a\0b", 3);
    EXPECT_THROW((void)m_store->write_now([&](Transaction& tx) {
        tx.execute("INSERT INTO tally (n, text) VALUES (1, $1)", text);
        return Result<bool>(true);
    }),
                 ArgumentRefused);
    EXPECT_EQ(count(), 0);
}

TEST_F(PostgresStoreTest, BytesThatAreNoUtf8AreRefused) {
    EXPECT_THROW((void)m_store->write_now([&](Transaction& tx) {
        tx.execute("INSERT INTO tally (n, text) VALUES (1, $1)", "a\xC3(");
        return Result<bool>(true);
    }),
                 ArgumentRefused);
    EXPECT_EQ(count(), 0);
}

TEST_F(PostgresStoreTest, AnotherEncodingIsRefused) {
    admin("CREATE DATABASE " + m_name +
          "_latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
    std::string said;
    try {
        const postgres::Connection connection(url_of(m_name + "_latin"));
    } catch (const StoreError& refused) {
        said = refused.what();
    }
    EXPECT_TRUE(
        said.starts_with("a database with the encoding UTF8 is needed; this one has LATIN1"))
        << said;
    admin("DROP DATABASE " + m_name + "_latin");
}

TEST(PostgresErrors, ColumnsComeFromTheDetail) {
    EXPECT_EQ(postgres::columns_of("devices", "Key (fingerprint)=(x) already exists."),
              "devices.fingerprint");
    EXPECT_EQ(postgres::columns_of("t", "Key (a, b)=(1, 2) already exists."), "t.a, t.b");
    EXPECT_EQ(postgres::columns_of("t", "no such text"), "");
}

TEST(PostgresUrl, IsToldByItsScheme) {
    EXPECT_TRUE(is_postgres_url("postgresql://h/d"));
    EXPECT_TRUE(is_postgres_url("postgres://h/d"));
    EXPECT_FALSE(is_postgres_url("host=h dbname=d"));
}

}  // namespace
}  // namespace muster::store
