// One run of the load generator: a fixed number of connections, each enrolling one device after the
// other, until the time or the flows are over.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "exchange.hpp"

namespace muster::bench {

struct LoadOptions {
    Endpoint endpoint;
    std::string access_token;
    std::string api_key;
    int connections = 64;
    std::chrono::milliseconds duration{5'000};
    std::uint64_t flows_max = UINT64_MAX;
    bool retry_check = false;  ///< ask again while the device has not joined yet
};

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

struct LoadReport {
    std::uint64_t flows = 0;  ///< whole ones, every answer right
    std::uint64_t errors = 0;
    std::vector<std::string> error_texts;  ///< of the first few
    std::chrono::duration<double> elapsed{};
    std::array<Latencies, 3> steps;
    Latencies flow;

    double flows_per_second() const {
        return elapsed.count() > 0 ? static_cast<double>(flows) / elapsed.count() : 0;
    }
};

/// Throws BrokenExchange if a connection cannot be opened.
LoadReport run_load(const LoadOptions& options);

}  // namespace muster::bench
