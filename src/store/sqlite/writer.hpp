// The one thread that writes: it drains its queue into one transaction at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/work_queue.hpp"

namespace muster::store::sqlite {

class Writer {
public:
    /// Owns `connection` from now on; `options` are copied, the others must outlive it.
    Writer(std::unique_ptr<Connection> connection, WorkQueue& queue, Checkpointer& checkpointer,
           const SqliteOptions& options);
    /// Finishes what is waiting in the queue, which must be closed.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    std::uint64_t commits() const { return m_commits.load(); }
    std::uint64_t writes() const { return m_writes.load(); }
    std::uint64_t restarts() const { return m_restarts.load(); }

private:
    void run();
    void commit_group(std::span<Work* const> group);
    void run_group(std::span<Work* const> group);
    bool run_in_savepoint(Work& work);
    void restart_long_wal();
    static int on_commit(void* writer, sqlite3* connection, const char* name, int pages);

    std::unique_ptr<Connection> m_connection;
    WorkQueue& m_queue;
    Checkpointer& m_checkpointer;
    const SqliteOptions m_options;
    int m_wal_pages = 0;
    int m_restart_at;  ///< WAL pages
    std::atomic<std::uint64_t> m_commits{0};
    std::atomic<std::uint64_t> m_writes{0};
    std::atomic<std::uint64_t> m_restarts{0};
    std::thread m_thread;  ///< last: it uses the others
};

}  // namespace muster::store::sqlite
