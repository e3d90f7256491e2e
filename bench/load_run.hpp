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
#include "latencies.hpp"

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
