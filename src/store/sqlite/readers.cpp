// A reader never waits for the writer: WAL gives it the last committed state.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/readers.hpp"

#include <utility>

#include "store/sqlite/sqlite_transaction.hpp"

namespace muster::store::sqlite {

namespace {

void read_once(Connection& connection, Work& work) {
    std::exception_ptr failure;
    try {
        connection.command("BEGIN DEFERRED");
        SqliteTransaction transaction(connection);
        work.run(transaction);
        connection.command("COMMIT");
    } catch (...) {
        failure = std::current_exception();
        connection.roll_back();
    }
    work.finish(failure);
}

}  // namespace

Readers::Readers(std::vector<std::unique_ptr<Connection>> connections, WorkQueue& queue)
    : m_connections(std::move(connections)), m_queue(queue) {
    for (const auto& connection : m_connections) {
        m_threads.emplace_back([this, &connection] { run(*connection); });
    }
}

Readers::~Readers() {
    for (std::thread& thread : m_threads) thread.join();
}

void Readers::run(Connection& connection) {
    std::vector<Work*> taken;
    for (;;) {
        m_queue.take(1, taken);
        if (taken.empty()) return;
        read_once(connection, *taken.front());
    }
}

}  // namespace muster::store::sqlite
