// Group commit: BEGIN IMMEDIATE, a savepoint a unit, COMMIT, and only then the answers.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/writer.hpp"

#include <utility>

#include <sqlite3.h>

#include "store/sqlite/sqlite_transaction.hpp"

namespace muster::store::sqlite {

namespace {

/// What the writer is willing to copy itself, while commits wait, to let the WAL start over.
constexpr int tail_pages_max = 1'000;
/// How long it waits for readers of the WAL to finish then.
constexpr int restart_patience_ms = 50;

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, WorkQueue& queue, Checkpointer& checkpointer,
               const SqliteOptions& options)
    : m_connection(std::move(connection)),
      m_queue(queue),
      m_checkpointer(checkpointer),
      m_options(options),
      m_restart_at(options.wal_pages_max) {
    sqlite3_wal_hook(m_connection->raw(), &Writer::on_commit, this);
    m_thread = std::thread([this] { run(); });
}

Writer::~Writer() {
    m_thread.join();
    // Nobody writes any more: leave a database file that is complete without its WAL.
    sqlite3_wal_checkpoint_v2(m_connection->raw(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                              nullptr);
}

int Writer::on_commit(void* writer, sqlite3*, const char*, int pages) {
    static_cast<Writer*>(writer)->m_wal_pages = pages;
    return SQLITE_OK;
}

void Writer::run() {
    std::vector<Work*> group;
    for (;;) {
        m_queue.take(m_options.group_size_max, group);
        if (group.empty()) return;
        commit_group(group);
        m_checkpointer.wal_grew_to(m_wal_pages);
        restart_long_wal();
    }
}

/// When the group fails, units that were to be undone anyway get the failure too: what they saw,
/// and refused because of, may have been a neighbour's write that never happened.
void Writer::commit_group(std::span<Work* const> group) {
    std::exception_ptr failure;
    try {
        run_group(group);
    } catch (const ConstraintViolation& violation) {
        // Of one unit, but all fail: it is nobody's refusal.
        failure = std::make_exception_ptr(StoreError(violation.what()));
        m_connection->roll_back();
    } catch (...) {
        failure = std::current_exception();
        m_connection->roll_back();
    }
    for (Work* work : group) work->finish(failure);
}

void Writer::run_group(std::span<Work* const> group) {
    m_connection->command("BEGIN IMMEDIATE");
    std::uint64_t kept = 0;
    for (Work* work : group) {
        if (group.size() == 1) {
            SqliteTransaction transaction(*m_connection);
            if (work->run(transaction)) ++kept;
        } else if (run_in_savepoint(*work)) {
            ++kept;
        }
        // A full disk and the like end the whole transaction, behind the unit's back.
        if (!m_connection->in_transaction()) throw StoreError("SQLite gave up the transaction");
    }
    if (kept == 0) {
        m_connection->roll_back();
        return;
    }
    m_connection->command("COMMIT");
    ++m_commits;
    m_writes += kept;
}

bool Writer::run_in_savepoint(Work& work) {
    m_connection->command("SAVEPOINT unit");
    SqliteTransaction transaction(*m_connection);
    const bool keep = work.run(transaction);
    if (!m_connection->in_transaction()) return false;
    if (!keep) m_connection->command("ROLLBACK TO unit");
    m_connection->command("RELEASE unit");
    return keep;
}

/// While commits keep coming, a passive pass never finds the WAL complete, and it would grow for
/// ever. Between two groups it is complete after a short tail, and can start over from its
/// beginning. Somebody who reads an old snapshot for long can prevent that: then it is tried again
/// after more growth.
void Writer::restart_long_wal() {
    if (m_wal_pages < m_restart_at) return;
    const bool short_tail = m_wal_pages - m_checkpointer.pages_done() <= tail_pages_max;
    if (!short_tail && m_wal_pages < 2 * m_restart_at) return;
    sqlite3* connection = m_connection->raw();
    sqlite3_busy_timeout(connection, restart_patience_ms);
    const int code =
        sqlite3_wal_checkpoint_v2(connection, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
    sqlite3_busy_timeout(connection, static_cast<int>(m_options.busy_timeout.count()));
    if (code != SQLITE_OK) {
        m_restart_at = m_wal_pages + m_options.checkpoint_pages;
        return;
    }
    ++m_restarts;
    m_wal_pages = 0;
    m_restart_at = m_options.wal_pages_max;
    m_checkpointer.wal_grew_to(0);
}

}  // namespace muster::store::sqlite
