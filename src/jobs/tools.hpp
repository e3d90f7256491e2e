// What background jobs work with.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/context.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "networks/pool.hpp"
#include "store/peers.hpp"
#include "store/store.hpp"

namespace muster::jobs {

/// All must outlive the jobs.
struct Tools {
    store::Store& store;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    const app::Rules& rules;
    const crypto::Sealer& sealer;
    networks::Pool& networks;
    const store::Peers& peers = store::no_peers();     ///< who leads goes on; the others must not
    core::Caller server{core::Caller::Kind::service};  ///< jobs act for the server itself

    app::Context context() const { return {clock.now(), server, rules, sealer, random}; }
};

}  // namespace muster::jobs
