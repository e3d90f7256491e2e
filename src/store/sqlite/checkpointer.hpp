// Moves committed pages from the WAL into the database file, from a thread and a connection of its
// own, so that no commit waits for it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "store/sqlite/connection.hpp"

namespace muster::store::sqlite {

class Checkpointer {
public:
    /// Owns `connection` from now on. A pass is made whenever the WAL has grown by
    /// `pages_per_pass`.
    Checkpointer(std::unique_ptr<Connection> connection, int pages_per_pass);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// After each commit: how long the WAL is now. The writer's thread.
    void wal_grew_to(int pages);
    /// Pages of the WAL that are in the database file, as of the last pass. Any thread.
    int pages_done() const;
    std::uint64_t count() const { return m_count.load(); }

private:
    void run();
    void pass();

    std::unique_ptr<Connection> m_connection;
    const int m_pages_per_pass;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    int m_wal_pages = 0;
    int m_next_pass_at;
    int m_pages_done = 0;
    bool m_stopping = false;
    std::atomic<std::uint64_t> m_count{0};
    std::thread m_thread;  ///< last: it uses the others
};

}  // namespace muster::store::sqlite
