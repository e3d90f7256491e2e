// Percentiles of what was measured.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <vector>

namespace muster::bench {

/// Durations, kept one by one: a run has some hundred thousand at most.
class Latencies {
public:
    void add(std::chrono::nanoseconds duration) {
        m_milliseconds.push_back(std::chrono::duration<float, std::milli>(duration).count());
    }
    void sort();
    /// `part` of 0.5 is the median, 1 the longest; 0 when there are none. Needs sort().
    double at(double part) const;

private:
    std::vector<float> m_milliseconds;
};

}  // namespace muster::bench
