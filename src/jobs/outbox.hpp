// Delivers network_jobs: what transactions decided must happen on a network. Each job is claimed
// with a lease, carried out, and finished in a transaction of its own; a worker that dies leaves
// its jobs due again when the lease ends. Jobs are idempotent, so twice is once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include <boost/asio/awaitable.hpp>

#include "app/context.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "jobs/backoff.hpp"
#include "networks/network.hpp"
#include "store/network_jobs.hpp"
#include "store/peers.hpp"
#include "store/store.hpp"

namespace muster::jobs {

/// What background jobs work with; all must outlive them.
struct Tools {
    store::Store& store;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    const app::Rules& rules;
    const crypto::Sealer& sealer;
    networks::Network* network = nullptr;
    const store::Peers& peers = store::no_peers();     ///< who leads goes on; the others must not
    core::Caller server{core::Caller::Kind::service};  ///< jobs act for the server itself

    app::Context context() const { return {clock.now(), server, rules, sealer, random}; }
};

struct OutboxOptions {
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds call_timeout{10'000};
    Backoff backoff = {};
    int batch = 50;
};

/// Of several servers each delivers. Delivers what is due now, and returns how many jobs it
/// claimed. Throws StoreError.
boost::asio::awaitable<int> deliver_due_jobs(Tools& tools, const OutboxOptions& options);

}  // namespace muster::jobs
