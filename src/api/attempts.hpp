// What handlers ask before they let somebody guess. One server counts in its memory
// (rate_limits.hpp); servers that share a database count in it, and remember what it told them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "api/rate_limits.hpp"
#include "core/result.hpp"
#include "store/store.hpp"

namespace muster::api {

/// Not thread-safe: lives on the I/O thread.
class Attempts {
public:
    /// Both must outlive it.
    Attempts(RateLimits& limits, store::Store& store) : m_limits(limits), m_store(store) {}

    /// For secrets that nobody can guess: is an attempt left, as far as this server knows? Costs
    /// the honest nothing; who was wrong takes one afterwards, and is told nothing when there is
    /// none. Fails: rate_limited.
    core::Result<void> check(Limit limit, const std::string& key);
    /// For what can be guessed: one attempt, before it is looked at. Fails: rate_limited;
    /// server_busy, database_unavailable: what cannot be counted is not allowed.
    boost::asio::awaitable<core::Result<void>> take(Limit limit, std::string key);
    /// The attempt was no failure. Waits for nothing: one that gets lost refills.
    boost::asio::awaitable<void> give_back(Limit limit, std::string key);

private:
    boost::asio::awaitable<core::Result<void>> take_shared(Limit limit, std::string key);

    RateLimits& m_limits;
    store::Store& m_store;
};

}  // namespace muster::api
