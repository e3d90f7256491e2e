// The storage threads of one PostgreSQL store, a connection each: they take units of work from a
// queue, run them as transactions, and again where the database asks for it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "store/postgres/postgres_transaction.hpp"
#include "store/work_queue.hpp"

namespace muster::store::postgres {

/// What the threads of both pools share. Any thread.
struct PoolState {
    std::atomic<bool> named_statements{true};  ///< false behind a pooler that forgets them
    std::atomic<bool> closing{false};
    std::atomic<std::uint64_t> commits{0};
    std::atomic<std::uint64_t> retries{0};
};

struct PoolOptions {
    std::string database;
    int connections = 1;
    std::chrono::milliseconds patience{10'000};
    TransactionKind kind;
};

class Pool {
public:
    /// All but the options must outlive it.
    Pool(PoolOptions options, WorkQueue& queue, PoolState& state, base::Random& random);
    /// Finishes what is waiting in the queue, which must be closed.
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

private:
    class Worker;
    PoolOptions m_options;
    std::vector<std::unique_ptr<Worker>> m_workers;
};

}  // namespace muster::store::postgres
