// Tells networks the trust levels of their nodes, where they can act on them: each change soon, and
// each level again before the network forgets it, so that silence lowers it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include "jobs/tools.hpp"

namespace muster::jobs {

/// Levels that are told in one call of Network::push_trust().
inline constexpr int trust_push_batch = 500;

struct TrustPushOptions {
    std::chrono::seconds lifetime = std::chrono::hours(1);  ///< renewed at half of it
    std::chrono::milliseconds call_timeout{10'000};
};

/// What is due now, a batch for each network, the networks side by side. Only where this server
/// leads. Returns how many levels were told; trust_push_batch or more: there may be more. Throws
/// StoreError.
boost::asio::awaitable<int> push_due_trust(Tools& tools, const TrustPushOptions& options);

}  // namespace muster::jobs
