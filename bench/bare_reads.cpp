// bench_bare_reads: fills a database with devices, and reads pages of them with nothing but SQLite:
// the limit that the table API is measured against.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "latencies.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace {

using muster::bench::Latencies;
using Clock = std::chrono::steady_clock;

struct Arguments {
    std::filesystem::path file;
    std::int64_t devices = 0;  ///< to fill in; 0: measure
    std::int64_t organizations = 1'000;
    double seconds = 5;
};

/// What GET /rest/v1/devices?select=*&organization_id=eq.X&order=last_seen.desc&limit=50 asks for.
constexpr const char* page_sql =
    "SELECT * FROM devices WHERE organization_id = ?1 ORDER BY last_seen DESC NULLS FIRST LIMIT 50";

struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

/// Ids that a caller can make up too: 00000000-0000-4000-8000-<12 digits>.
constexpr std::string_view organizations_sql = R"sql(
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
    INSERT INTO organizations (id, name, created_at)
    SELECT printf('00000000-0000-4000-8000-%012d', i), 'Organization ' || i, now() FROM n
)sql";
constexpr std::string_view devices_sql = R"sql(
    WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
    INSERT INTO devices (id, user_id, organization_id, name, device_type, os, fingerprint,
        enrolled_at, last_seen, status, trust_level, tailscale_hostname, tailscale_ip, metadata,
        created_at)
    SELECT printf('10000000-0000-4000-8000-%012d', i), (SELECT id FROM users LIMIT 1),
        printf('00000000-0000-4000-8000-%012d', 1 + i % $3), 'Laptop ' || i, 'laptop',
        'Debian GNU/Linux 12', printf('bench-%d', i), now(),
        printf('2026-%02d-%02dT%02d:%02d:%02d.%06d+00:00', 1 + i % 12, 1 + i % 28, i % 24, i % 60,
            i / 7 % 60, i % 1000000),
        'active', 'high', 'laptop-' || i, '100.64.0.1',
        '{"created_by":"bench","tailscale_online":true,"tailscale_tags":["tag:prod"]}', now()
    FROM n
)sql";

void fill(const Arguments& arguments) {
    muster::base::SystemClock clock;
    muster::base::SystemRandom random;
    muster::store::SqliteOptions options;
    options.file = arguments.file;
    const auto store = muster::store::open_sqlite(options, clock, random);
    constexpr std::int64_t batch = 50'000;
    auto run = [&](auto work) {
        if (!store->write_now(work)) throw std::runtime_error("the database refused the devices");
    };
    using muster::store::Transaction;
    run([&](Transaction& transaction) -> muster::core::Result<bool> {
        transaction.execute(organizations_sql, arguments.organizations);
        return true;
    });
    for (std::int64_t from = 0; from < arguments.devices; from += batch) {
        const std::int64_t until = std::min(from + batch, arguments.devices);
        run([&](Transaction& transaction) -> muster::core::Result<bool> {
            transaction.execute(devices_sql, from, until, arguments.organizations);
            return true;
        });
    }
}

Connection open(const std::filesystem::path& file) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
    Connection connection(opened);
    if (code != SQLITE_OK) throw std::runtime_error("cannot open " + file.string());
    // As the server's readers have it.
    sqlite3_exec(opened, "PRAGMA cache_size = -4096; PRAGMA query_only = ON", nullptr, nullptr,
                 nullptr);
    return connection;
}

/// The bytes of all columns of a page's rows: they are taken out, as any reader would.
std::size_t read_page(sqlite3_stmt* statement, std::int64_t organization) {
    const std::string id = fmt::format("00000000-0000-4000-8000-{:012}", organization);
    sqlite3_bind_text(statement, 1, id.c_str(), -1, SQLITE_TRANSIENT);
    std::size_t bytes = 0;
    int rows = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        ++rows;
        for (int i = 0; i < sqlite3_column_count(statement); ++i) {
            const auto* text = sqlite3_column_text(statement, i);
            if (text != nullptr)
                bytes += static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
        }
    }
    sqlite3_reset(statement);
    if (rows != 50) throw std::runtime_error(fmt::format("a page of {} rows", rows));
    return bytes;
}

void measure(const Arguments& arguments) {
    const Connection connection = open(arguments.file);
    sqlite3_stmt* prepared = nullptr;
    sqlite3_prepare_v2(connection.get(), page_sql, -1, &prepared, nullptr);
    const Statement statement(prepared);
    if (!statement) throw std::runtime_error(sqlite3_errmsg(connection.get()));
    std::mt19937 random(1);
    Latencies latencies;
    std::size_t bytes = 0;
    std::uint64_t pages = 0;
    const auto stop_at =
        Clock::now() + std::chrono::milliseconds(static_cast<int>(arguments.seconds * 1'000));
    while (Clock::now() < stop_at) {
        const auto began = Clock::now();
        bytes += read_page(statement.get(),
                           1 + static_cast<std::int64_t>(random()) % arguments.organizations);
        latencies.add(Clock::now() - began);
        ++pages;
    }
    latencies.sort();
    fmt::print(R"({{"answers":{},"bytes":{:.0f},"p50_ms":{:.4f},"p99_ms":{:.4f}}})"
               "\n",
               pages, static_cast<double>(bytes) / static_cast<double>(pages), latencies.at(0.5),
               latencies.at(0.99));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Fills a Muster database with devices, or reads pages of them with bare SQLite.");
    Arguments arguments;
    app.add_option("file", arguments.file, "muster.db")->required()->check(CLI::ExistingFile);
    app.add_option("--fill", arguments.devices, "Add so many devices, and do not measure");
    app.add_option("--organizations", arguments.organizations, "They belong to so many")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--seconds", arguments.seconds, "Duration")
        ->check(CLI::Range(0.01, 3'600.0))
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        arguments.devices > 0 ? fill(arguments) : measure(arguments);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
