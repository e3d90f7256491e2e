// How long to wait before the next attempt.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "base/random.hpp"

namespace muster::jobs {

struct Backoff {
    std::chrono::milliseconds first{1'000};
    std::chrono::milliseconds longest{std::chrono::minutes(10)};
};

/// After attempt number `attempts` (from 1): doubles each time, then a random half of it is taken
/// off, so that jobs that failed together do not return together.
std::chrono::milliseconds wait_after(const Backoff& backoff, int attempts, base::Random& random);

}  // namespace muster::jobs
