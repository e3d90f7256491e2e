// Attempts at guessing, counted for all servers that share a database. Called by api/rate_limits;
// the sweeper forgets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "store/attempts.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// Buckets that a sweep leaves at most.
inline constexpr int attempt_buckets_max = 100'000;

/// As store::take_attempt.
core::Result<double> take_attempt(store::Transaction& transaction, const store::Bucket& bucket);
core::Result<void> give_back_attempt(store::Transaction& transaction, const store::Bucket& bucket);

}  // namespace muster::app
