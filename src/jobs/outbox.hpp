// Delivers network_jobs: what transactions decided must happen on a network. Each job is claimed
// with a lease, carried out, and finished in a transaction of its own; a worker that dies leaves
// its jobs due again when the lease ends. Jobs are idempotent, so twice is once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

#include <boost/asio/awaitable.hpp>

#include "jobs/backoff.hpp"
#include "jobs/targets.hpp"
#include "jobs/tools.hpp"

namespace muster::jobs {

struct OutboxOptions {
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds call_timeout{10'000};
    Backoff backoff = {};
    int batch = 50;
    std::size_t at_once = 8;  ///< of one network: its API may take a second for each
    std::size_t networks = networks_at_once;  ///< side by side
};

/// Of several servers each delivers. Delivers what is due now, a few of each network's jobs at
/// a time and the networks side by side, and returns how many jobs it claimed. Once a network has
/// not answered in time, its other jobs are not tried in this round. Throws StoreError.
boost::asio::awaitable<int> deliver_due_jobs(Tools& tools, const OutboxOptions& options);

}  // namespace muster::jobs
