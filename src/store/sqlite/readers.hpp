// The threads that answer reads, each on a snapshot of its own connection.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/work_queue.hpp"

namespace muster::store::sqlite {

class Readers {
public:
    /// One thread a connection. `queue` must outlive them.
    Readers(std::vector<std::unique_ptr<Connection>> connections, WorkQueue& queue);
    /// Finishes what is waiting in the queue, which must be closed.
    ~Readers();
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

private:
    void run(Connection& connection);

    std::vector<std::unique_ptr<Connection>> m_connections;
    WorkQueue& m_queue;
    std::vector<std::thread> m_threads;
};

}  // namespace muster::store::sqlite
