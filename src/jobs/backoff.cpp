// Exponential back-off with jitter.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/backoff.hpp"

#include <algorithm>
#include <array>

namespace muster::jobs {

std::chrono::milliseconds wait_after(const Backoff& backoff, int attempts, base::Random& random) {
    constexpr int doublings_max = 20;  // far beyond `longest`, far below overflow
    const int doublings = std::clamp(attempts - 1, 0, doublings_max);
    const auto full =
        std::min<std::chrono::milliseconds>(backoff.longest, backoff.first * (1LL << doublings));
    std::array<std::byte, 2> bytes{};
    random.fill(bytes);
    const int drawn = std::to_integer<int>(bytes[0]) * 256 + std::to_integer<int>(bytes[1]);
    return full / 2 + full / 2 * drawn / 65'535;
}

}  // namespace muster::jobs
