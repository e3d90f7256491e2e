// Several servers' connections to one real PostgreSQL: who leads, who takes over, what they hear.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/postgres_peers.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fakes/random.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/postgres_store.hpp"

namespace muster::store {
namespace {

using namespace std::chrono_literals;

constexpr auto forever = 60s;  // a busy machine gets this long

std::string peers_test_server() {
    const char* url = std::getenv("MUSTER_TEST_POSTGRES");
    return url != nullptr ? url : "";
}

std::string peers_test_url(const std::string& database) {
    const std::string url = peers_test_server();
    const auto slash = url.find('/', url.find("://") + 3);
    const auto query = url.find('?');
    const std::string options = query == std::string::npos ? "" : url.substr(query);
    return url.substr(0, std::min(slash, query)) + "/" + database + options;
}

/// One server's news, and whether it leads.
class Server {
public:
    explicit Server(const PeersOptions& options)
        : m_peers(open_postgres_peers(options, [this](News news) { hear(news); })) {}

    bool leads() const { return m_peers->leads(); }
    /// True once that has been heard; forgets it.
    bool await(News wanted) {
        std::unique_lock lock(m_mutex);
        const auto is_there = [&] { return std::erase(m_heard, wanted) > 0; };
        return m_changed.wait_for(lock, forever, is_there);
    }
    std::vector<News> heard() {
        const std::lock_guard lock(m_mutex);
        return m_heard;
    }

private:
    void hear(News news) {
        const std::lock_guard lock(m_mutex);
        m_heard.push_back(news);
        m_changed.notify_all();
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<News> m_heard;
    std::unique_ptr<Peers> m_peers;  ///< last: its thread uses the others
};

class PostgresPeersTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (peers_test_server().empty()) return;
        s_name = fmt::format("muster_peers_{}", getpid());
        run(peers_test_server(), "CREATE DATABASE " + s_name);
        PostgresOptions options;
        options.database = peers_test_url(s_name);
        migrate_postgres(options);
    }
    static void TearDownTestSuite() {
        if (peers_test_server().empty()) return;
        run(peers_test_server(), "DROP DATABASE " + s_name + " WITH (FORCE)");
    }
    void SetUp() override {
        if (peers_test_server().empty()) GTEST_SKIP() << "MUSTER_TEST_POSTGRES names no server";
        m_options.database = peers_test_url(s_name);
        m_options.interval = 20ms;
    }

    static void run(const std::string& url, const std::string& sql) {
        postgres::Connection(url).script(sql);
    }
    void sql(const std::string& text) { run(m_options.database, text); }
    /// Ends the connections that hold the lock; the database knows them, not whom they belong to.
    void end_leaders_connection() {
        sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND "
            "granted AND database = (SELECT oid FROM pg_database WHERE datname = "
            "current_database())");
    }
    std::unique_ptr<Server> start() {
        auto server = std::make_unique<Server>(m_options);
        EXPECT_TRUE(server->await(News::anything));
        return server;
    }

    void await_leader(const Server& one, const Server& other) {
        const auto until = std::chrono::steady_clock::now() + forever;
        while (!one.leads() && !other.leads()) {
            ASSERT_LT(std::chrono::steady_clock::now(), until) << "nobody took over";
            std::this_thread::sleep_for(1ms);  // between looks
        }
    }

    PeersOptions m_options;
    static inline std::string s_name;
};

TEST_F(PostgresPeersTest, OneLeadsAndTheNextTakesOver) {
    auto first = start();
    ASSERT_TRUE(first->await(News::leading));
    auto second = start();
    auto third = start();
    EXPECT_TRUE(first->leads());
    EXPECT_FALSE(second->leads());
    EXPECT_FALSE(third->leads());
    first.reset();
    await_leader(*second, *third);
    EXPECT_TRUE(second->leads() != third->leads()) << "one of the two";
}

TEST_F(PostgresPeersTest, AnEndedConnectionIsLostLeadership) {
    auto first = start();
    ASSERT_TRUE(first->await(News::leading));
    auto second = start();
    end_leaders_connection();
    // It hears of its loss by connecting anew; by then somebody leads, and one only.
    ASSERT_TRUE(first->await(News::anything));
    await_leader(*first, *second);
    EXPECT_TRUE(first->leads() != second->leads());
}

TEST_F(PostgresPeersTest, LeadershipIsGoneWithTheProof) {
    m_options.validity = 0ms;  // as for a thread that was stopped for longer than its proof lasts
    auto server = start();
    ASSERT_TRUE(server->await(News::leading));
    EXPECT_FALSE(server->leads());
}

TEST_F(PostgresPeersTest, NewsOfEachTableReachEveryServer) {
    const struct {
        const char* name;
        const char* statement;
        News expect;
    } cases[] = {
        {"an API key is made",
         "INSERT INTO muster.api_keys (role, key_digest, sealed_key) VALUES ('anon', 'd', 's')",
         News::api_keys},
        {"and revoked", "UPDATE muster.api_keys SET revoked_at = now()", News::api_keys},
        {"and deleted", "DELETE FROM muster.api_keys", News::api_keys},
        {"a signing key is made",
         "INSERT INTO muster.signing_keys (id, algorithm, private_key) VALUES ('k', 'ES256', 's')",
         News::signing_keys},
        {"and retired", "UPDATE muster.signing_keys SET retired_at = now()", News::signing_keys},
        {"all of them go", "TRUNCATE muster.signing_keys", News::signing_keys},
        {"a network job is made",
         "INSERT INTO muster.network_jobs (device_id, network, kind, target) VALUES "
         "(gen_random_uuid(), 'simulated', 'remove_node', 'n')",
         News::network_jobs},
        {"word that a later version sends", "NOTIFY muster, 'something new'", News::anything},
    };
    auto first = start();
    auto second = start();
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        sql(c.statement);
        EXPECT_TRUE(first->await(c.expect));
        EXPECT_TRUE(second->await(c.expect));
    }
}

TEST_F(PostgresPeersTest, WhatIsUndoneIsNoNews) {
    auto server = start();
    sql("BEGIN; DELETE FROM muster.api_keys; ROLLBACK; NOTIFY muster, 'network_jobs'");
    ASSERT_TRUE(server->await(News::network_jobs));
    EXPECT_EQ(std::ranges::count(server->heard(), News::api_keys), 0);
}

TEST_F(PostgresPeersTest, AfterAGapAnythingMayHaveChanged) {
    auto server = start();
    ASSERT_TRUE(server->await(News::leading));
    end_leaders_connection();
    EXPECT_TRUE(server->await(News::anything));
    sql("NOTIFY muster, 'network_jobs'");
    EXPECT_TRUE(server->await(News::network_jobs)) << "it listens again";
    EXPECT_TRUE(server->await(News::leading)) << "and leads again";
}

TEST_F(PostgresPeersTest, ADatabaseThatIsAwayIsAskedAgain) {
    m_options.database = peers_test_url("muster_no_such_database");
    Server server(m_options);
    std::this_thread::sleep_for(10ms);
    EXPECT_FALSE(server.leads());
    EXPECT_TRUE(server.heard().empty());
}  // and ends at once

}  // namespace
}  // namespace muster::store
