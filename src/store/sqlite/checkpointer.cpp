// PASSIVE passes only: they wait for nobody and nobody waits for them. What they cannot do is let
// the WAL start over while commits keep coming; that is the writer's part (writer.cpp).
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/checkpointer.hpp"

#include <utility>

#include <sqlite3.h>

#include "base/log.hpp"

namespace muster::store::sqlite {

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, int pages_per_pass)
    : m_connection(std::move(connection)),
      m_pages_per_pass(pages_per_pass),
      m_next_pass_at(pages_per_pass),
      m_thread([this] { run(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_one();
    m_thread.join();
}

void Checkpointer::wal_grew_to(int pages) {
    bool due = false;
    {
        const std::lock_guard lock(m_mutex);
        if (pages < m_wal_pages) {  // it has started over
            m_next_pass_at = m_pages_per_pass;
            m_pages_done = 0;
        }
        m_wal_pages = pages;
        due = m_wal_pages >= m_next_pass_at;
    }
    if (due) m_changed.notify_one();
}

int Checkpointer::pages_done() const {
    const std::lock_guard lock(m_mutex);
    return m_pages_done;
}

void Checkpointer::run() {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_changed.wait(lock, [this] { return m_stopping || m_wal_pages >= m_next_pass_at; });
        if (m_stopping) return;
        // Counted from here whatever the pass achieves: a long reader must not make it spin.
        m_next_pass_at = m_wal_pages + m_pages_per_pass;
        lock.unlock();
        pass();
        lock.lock();
    }
}

void Checkpointer::pass() {
    int wal_pages = 0;
    int pages_done = 0;
    const int code = sqlite3_wal_checkpoint_v2(m_connection->raw(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &wal_pages, &pages_done);
    if ((code & 0xff) == SQLITE_BUSY) return;  // another process is at it
    if (code != SQLITE_OK) {
        // The commits are safe in the WAL; a disk that fails here will fail the next commit too.
        base::log(base::LogLevel::error, "checkpoint_failed", {{"code", std::int64_t{code}}});
        return;
    }
    ++m_count;
    const std::lock_guard lock(m_mutex);
    if (pages_done <= m_wal_pages) m_pages_done = pages_done;
}

}  // namespace muster::store::sqlite
