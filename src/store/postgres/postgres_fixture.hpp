// A PostgreSQL database of a test's own, under a store of its own. For the driver's tests.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fakes/random.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/postgres_store.hpp"

namespace muster::store {

inline std::string server_url() {
    const char* url = std::getenv("MUSTER_TEST_POSTGRES");
    return url != nullptr ? url : "";
}

/// A database of its own with a table `tally`, gone at the end.
class PostgresStoreTest : public testing::Test {
protected:
    void SetUp() override {
        if (server_url().empty()) GTEST_SKIP() << "MUSTER_TEST_POSTGRES names no server";
        static std::atomic<int> count{0};
        m_name = fmt::format("muster_driver_{}_{}", getpid(), ++count);
        admin("CREATE DATABASE " + m_name);
        m_options.database = url_of(m_name);
        m_options.write_connections = 4;
        m_options.read_connections = 2;
        open();
        sql("CREATE TABLE muster.tally (n BIGINT PRIMARY KEY, text TEXT, "
            "CONSTRAINT tally_small CHECK (n < 1000000))",
            true);
        sql("GRANT ALL ON muster.tally TO muster_server, anon", true);
        sql("GRANT USAGE ON SCHEMA muster TO anon", true);
    }
    void TearDown() override {
        if (server_url().empty()) return;
        m_store.reset();
        admin("DROP DATABASE " + m_name + " WITH (FORCE)");
    }

    static std::string url_of(const std::string& database) {
        const std::string url = server_url();
        const auto slash = url.find('/', url.find("://") + 3);
        const auto query = url.find('?');
        const std::string options = query == std::string::npos ? "" : url.substr(query);
        return url.substr(0, std::min(slash, query)) + "/" + database + options;
    }
    void admin(const std::string& text) {
        postgres::Connection connection(server_url());
        connection.script(text);
    }
    void open() { m_store = open_postgres(m_options, m_random); }
    void sql(const std::string& text, bool as_owner = false) {
        if (as_owner) {
            postgres::Connection connection(m_options.database);
            connection.script(text);
            return;
        }
        auto done = m_store->write_now([&](Transaction& tx) {
            tx.execute(text);
            return core::Result<bool>(true);
        });
        ASSERT_TRUE(done);
    }
    std::int64_t count() {
        return *m_store->read_now([](Transaction& tx) {
            return core::Result<std::int64_t>(tx.one("SELECT count(*) FROM tally")->integer(0));
        });
    }
    /// Returns when they are gone.
    void kill_connections() {
        admin(
            fmt::format("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                        "WHERE datname = '{}' AND pid <> pg_backend_pid()",
                        m_name));
    }

    std::string m_name;
    fakes::FakeRandom m_random;
    PostgresOptions m_options;
    std::unique_ptr<Store> m_store;
};

}  // namespace muster::store
