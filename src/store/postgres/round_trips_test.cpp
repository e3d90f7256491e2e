// How often a unit of work waits for PostgreSQL: the role and the claims of a request cost none of
// it. Counted on the wire, by a tap between the store and a real server.
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fakes/random.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/postgres_store.hpp"

namespace muster::store {
namespace {

using core::Result;
namespace fs = std::filesystem;

/// Reads what a client sends, message by message (PostgreSQL's documentation, 55.7), and counts
/// those that ask for an answer: Sync ends an exchange, Query is one.
class RequestCounter {
public:
    explicit RequestCounter(std::atomic<int>& count) : m_count(count) {}

    void read(std::string_view bytes) {
        m_bytes += bytes;
        // The first message of a connection has no type.
        for (std::size_t type = m_started ? 1 : 0; m_bytes.size() >= type + 4;
             type = m_started ? 1 : 0) {
            const std::size_t size = type + length_at(type);
            if (m_bytes.size() < size) return;
            if (m_started && (m_bytes[0] == 'S' || m_bytes[0] == 'Q')) ++m_count;
            m_started = true;
            m_bytes.erase(0, size);
        }
    }

private:
    std::size_t length_at(std::size_t place) const {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            length = length << 8U | static_cast<unsigned char>(m_bytes[place + i]);
        }
        return length;
    }

    std::atomic<int>& m_count;
    std::string m_bytes;
    bool m_started = false;
};

void expect(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("wire tap: ") + what);
}

int connect_to_folder(const std::string& file) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    expect(file.size() < sizeof address.sun_path, "the socket's name is too long");
    file.copy(address.sun_path, file.size());
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    expect(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
           "cannot connect");
    return descriptor;
}

int connect_to_loopback(const std::string& port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    expect(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
           "cannot connect");
    return descriptor;
}

/// Listens on a socket in a folder of its own, for one connection at a time and thread.
class WireTap {
public:
    explicit WireTap(const std::string& server) {
        const postgres::Connection connection(server);
        m_host = PQhost(connection.raw());
        m_port = PQport(connection.raw());
        m_database = PQdb(connection.raw());
        m_user = PQuser(connection.raw());
        std::string folder = fs::temp_directory_path() / "muster-tap-XXXXXX";
        expect(mkdtemp(folder.data()) != nullptr, "no folder");
        m_folder = folder;
        listen_there();
        m_acceptor = std::thread([this] { accept_connections(); });
    }
    ~WireTap() {
        shutdown(m_listener, SHUT_RDWR);
        m_acceptor.join();
        for (std::thread& carrier : m_carriers) carrier.join();
        close(m_listener);
        fs::remove_all(m_folder);
    }
    WireTap(const WireTap&) = delete;
    WireTap& operator=(const WireTap&) = delete;

    /// The same database through the tap.
    std::string database() const {
        return fmt::format("host={} port=5432 dbname={} user={}", m_folder, m_database, m_user);
    }
    int round_trips() const { return m_round_trips; }

private:
    void listen_there() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string file = m_folder + "/.s.PGSQL.5432";
        file.copy(address.sun_path, sizeof address.sun_path - 1);
        m_listener = socket(AF_UNIX, SOCK_STREAM, 0);
        expect(bind(m_listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                   listen(m_listener, 16) == 0,
               "cannot listen");
    }

    void accept_connections() {
        for (int client = 0; (client = accept(m_listener, nullptr, nullptr)) >= 0;) {
            const int server = m_host.starts_with('/')
                                   ? connect_to_folder(m_host + "/.s.PGSQL." + m_port)
                                   : connect_to_loopback(m_port);
            m_carriers.emplace_back([this, client, server] { carry(client, server); });
        }
    }

    void carry(int client, int server) {
        RequestCounter counter(m_round_trips);
        std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
        std::array<char, 65536> bytes{};
        for (bool open = true; open;) {
            poll(ends.data(), ends.size(), -1);
            for (std::size_t i = 0; i < ends.size(); ++i) {
                if (ends[i].revents == 0) continue;
                const ssize_t size = recv(ends[i].fd, bytes.data(), bytes.size(), 0);
                open = open && size > 0;
                if (size <= 0) continue;
                const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
                if (i == 0) counter.read(text);
                send_all(ends[1 - i].fd, text);
            }
        }
        close(client);
        close(server);
    }

    static void send_all(int descriptor, std::string_view text) {
        while (!text.empty()) {
            const ssize_t size = send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
            if (size <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(size));
        }
    }

    std::string m_folder;
    std::string m_host;
    std::string m_port;
    std::string m_database;
    std::string m_user;
    int m_listener = -1;
    std::atomic<int> m_round_trips{0};
    std::vector<std::thread> m_carriers;  ///< the acceptor's, until it has ended
    std::thread m_acceptor;
};

std::string server_url() {
    const char* url = std::getenv("MUSTER_TEST_POSTGRES");
    return url != nullptr ? url : "";
}

class PostgresRoundTrips : public testing::Test {
protected:
    void SetUp() override {
        if (server_url().empty()) GTEST_SKIP() << "MUSTER_TEST_POSTGRES names no server";
        m_name = fmt::format("muster_round_trips_{}", getpid());
        admin("CREATE DATABASE " + m_name);
        const std::string url = server_url();
        const auto query = url.find('?');
        const auto slash = url.find('/', url.find("://") + 3);
        m_tap.emplace(url.substr(0, std::min(slash, query)) + "/" + m_name +
                      (query == std::string::npos ? "" : url.substr(query)));
        PostgresOptions options;
        options.database = m_tap->database();
        options.write_connections = 1;  // so that each unit finds the statements prepared
        options.read_connections = 1;
        m_store = open_postgres(options, m_random);
    }
    void TearDown() override {
        if (server_url().empty()) return;
        m_store.reset();
        m_tap.reset();
        admin("DROP DATABASE " + m_name + " WITH (FORCE)");
    }
    static void admin(const std::string& text) {
        postgres::Connection connection(server_url());
        connection.script(text);
    }

    using Work = std::function<void(Transaction&)>;

    /// From the unit's first statement to its answer.
    int round_trips_of(bool writes, const Work& work) {
        int before = 0;
        int after = 0;
        const auto unit = [&](Transaction& transaction) {
            before = m_tap->round_trips();
            work(transaction);
            after = m_tap->round_trips();
            return Result<bool>(true);
        };
        const auto done = writes ? m_store->write_now(unit) : m_store->read_now(unit);
        EXPECT_TRUE(done);
        return (writes ? m_tap->round_trips() : after) - before;
    }

    std::string m_name;
    std::optional<WireTap> m_tap;
    fakes::FakeRandom m_random;
    std::unique_ptr<Store> m_store;
};

const Actor server_actor{};
const Actor user_actor{"authenticated", "00000000-0000-7000-8000-00000000000a", {}};

constexpr const char* devices_sql = "SELECT id, name FROM public.devices";
constexpr const char* own_sql = "SELECT id FROM public.devices WHERE user_id = $1::uuid";
constexpr const char* update_sql = "UPDATE public.profiles SET full_name = $1";

const struct {
    const char* name;
    bool writes;
    int round_trips;
    std::function<void(Transaction&, const Actor&)> work;
} round_trip_cases[] = {
    {"one read", false, 1,
     [](Transaction& tx, const Actor& actor) {
         tx.act_as(actor);
         tx.all(devices_sql);
     }},
    {"two reads", false, 2,
     [](Transaction& tx, const Actor& actor) {
         tx.act_as(actor);
         tx.all(devices_sql);
         tx.all(own_sql, user_actor.user_id);
     }},
    {"a read that the server begins", false, 2,
     [](Transaction& tx, const Actor& actor) {
         tx.one("SELECT 1 AS begun");
         tx.act_as(actor);
         tx.all(devices_sql);
     }},
    {"a write and its commit", true, 2,
     [](Transaction& tx, const Actor& actor) {
         tx.act_as(actor);
         tx.execute(update_sql, "x");
     }},
    {"a write that travels with its commit", true, 1,
     [](Transaction& tx, const Actor& actor) {
         tx.act_as(actor);
         tx.enqueue(update_sql, "x");
     }},
    {"what waits when the actor changes", true, 2,
     [](Transaction& tx, const Actor& actor) {
         tx.enqueue(update_sql, "x");
         tx.act_as(actor);
         tx.execute(update_sql, "y");
     }},
};

TEST_F(PostgresRoundTrips, RowLevelSecurityCostsNone) {
    for (const auto& each : round_trip_cases) {
        SCOPED_TRACE(each.name);
        for (const Actor& actor : {server_actor, user_actor}) {
            SCOPED_TRACE(actor.role);
            const auto work = [&](Transaction& tx) { each.work(tx, actor); };
            round_trips_of(each.writes, work);
            EXPECT_EQ(round_trips_of(each.writes, work), each.round_trips);
        }
    }
}

TEST_F(PostgresRoundTrips, WhatWaitsIsTheActorsBefore) {
    std::string seen;
    const auto done = m_store->write_now([&](Transaction& tx) {
        tx.enqueue(
            "CREATE TEMPORARY TABLE seen ON COMMIT DROP AS SELECT current_user::text AS who");
        tx.act_as(user_actor);
        seen = tx.one("SELECT current_user::text")->text(0);
        tx.act_as(server_actor);
        seen += " " + tx.one("SELECT who FROM seen")->text(0);
        return Result<bool>(true);
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(seen, "authenticated muster_server");
}

}  // namespace
}  // namespace muster::store
