// Nearest-rank percentiles.
// SPDX-License-Identifier: Apache-2.0
#include "latencies.hpp"

#include <algorithm>
#include <cmath>

namespace muster::bench {

void Latencies::sort() {
    std::ranges::sort(m_milliseconds);
}

double Latencies::at(double part) const {
    if (m_milliseconds.empty()) return 0;
    const auto rank = std::ceil(part * static_cast<double>(m_milliseconds.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return static_cast<double>(m_milliseconds.at(std::min(index, m_milliseconds.size() - 1)));
}

}  // namespace muster::bench
