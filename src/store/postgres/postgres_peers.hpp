// The other servers on one PostgreSQL, by one connection beside the pools: an advisory lock makes
// its holder the leader, LISTEN brings what triggers NOTIFY (schema/postgres/0007).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "store/peers.hpp"

namespace muster::store {

struct PeersOptions {
    std::string database;  ///< as PostgresOptions has it, past a pooler in transaction mode
    /// Between two signs of life, and two attempts to lead.
    std::chrono::milliseconds interval{1'000};
    /// For the answer to a sign of life.
    std::chrono::milliseconds patience{3'000};
    /// How long a sign of life proves that the lock is held. The database gives the lock of a
    /// silent holder up later than that (postgres_peers.cpp: end_when_silent_sql), but for
    /// `interval`.
    std::chrono::milliseconds validity{5'000};
};

/// Starts a thread, which connects, and again for as long as the object lives. `listener` gets
/// News::anything each time the connection has come about.
std::unique_ptr<Peers> open_postgres_peers(const PeersOptions& options, NewsListener listener);

}  // namespace muster::store
