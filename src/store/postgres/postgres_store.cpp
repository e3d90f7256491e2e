// Opens the pools and ends them in the right order.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/postgres_store.hpp"

#include <span>
#include <utility>

#include "base/log.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/migrate.hpp"
#include "store/postgres/pool.hpp"
#include "store/work_queue.hpp"

namespace muster::store {

namespace {

using postgres::PoolOptions;

constexpr std::chrono::milliseconds question_patience{10'000};

PoolOptions pool_options(const PostgresOptions& options, bool writes) {
    PoolOptions pool;
    pool.database = options.database;
    pool.connections = writes ? options.write_connections : options.read_connections;
    pool.patience = options.patience;
    pool.kind.writes = writes;
    pool.kind.statement_timeout = writes ? options.write_timeout : options.read_timeout;
    pool.kind.search_path = options.search_path_prefix + pool.kind.search_path;
    pool.kind.clock = options.clock;
    return pool;
}

class PostgresStore final : public Store {
public:
    PostgresStore(const PostgresOptions& options, base::Random& random)
        : m_write_queue(options.queue_length_max),
          m_read_queue(options.queue_length_max),
          m_writers(pool_options(options, true), m_write_queue, m_state, random),
          m_readers(pool_options(options, false), m_read_queue, m_state, random) {}

    ~PostgresStore() override {
        m_state.closing = true;
        m_write_queue.close();
        m_read_queue.close();
    }

    StoreStatistics statistics() const override {
        StoreStatistics statistics;
        statistics.commits = m_state.commits;
        statistics.writes = m_state.commits;
        statistics.write_queue_depth = m_write_queue.length();
        statistics.read_queue_depth = m_read_queue.length();
        return statistics;
    }

    bool is_shared() const override { return true; }

protected:
    bool submit_write(Work& work) override { return m_write_queue.push(work); }
    bool submit_read(Work& work) override { return m_read_queue.push(work); }

private:
    WorkQueue m_write_queue;
    WorkQueue m_read_queue;
    postgres::PoolState m_state;
    postgres::Pool m_writers;
    postgres::Pool m_readers;
};

/// Half of an installation must not look like one. Asked as what the server serves as: its login
/// has no rights of its own.
void refuse_unfinished_transfer(postgres::Connection& connection) {
    const postgres::Message question{
        "SELECT 1 FROM muster.transfer WHERE finished_at IS NULL", {}, false};
    connection.script("BEGIN READ ONLY; SET LOCAL ROLE muster_server");
    const auto answers = connection.exchange(std::span(&question, 1), false, question_patience);
    const bool is_unfinished = PQntuples(answers.front().get()) > 0;
    connection.script("ROLLBACK");
    if (!is_unfinished) return;
    throw StoreError(
        "an installation is being moved into it from SQLite, and not all of it is here yet: run "
        "the same muster migrate --from ... --to ... again until it says that all is equal");
}

/// Whoever runs the database decides how durable it is; that something is lost must surprise
/// nobody.
void warn_of_forgetfulness(postgres::Connection& connection) {
    const postgres::Message question{
        "SELECT name || ' = ' || setting FROM pg_catalog.pg_settings "
        "WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'",
        {},
        false};
    const auto answers = connection.exchange(std::span(&question, 1), false, question_patience);
    for (const Row& row : postgres::rows_of(answers.front().get())) {
        base::log(base::LogLevel::warning, "database_not_durable",
                  {{"setting", row.text(0)},
                   {"meaning", "what was acknowledged may be lost when its machine fails"}});
    }
}

}  // namespace

bool is_postgres_url(std::string_view text) {
    return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

void migrate_postgres(const PostgresOptions& options) {
    postgres::Connection connection(options.database);
    postgres::migrate(connection, postgres_migrations(), postgres_policies());
}

std::unique_ptr<Store> open_postgres(const PostgresOptions& options, base::Random& random) {
    postgres::Connection connection(options.database);
    postgres::migrate(connection, postgres_migrations(), postgres_policies());
    refuse_unfinished_transfer(connection);
    warn_of_forgetfulness(connection);
    connection.close();
    return std::make_unique<PostgresStore>(options, random);
}

}  // namespace muster::store
