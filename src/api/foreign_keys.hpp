// The public keys of another project, whose sessions are accepted (auth.jwks_url): fetched in the
// background, and once more when a token names a key that is not known yet. Made by main/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "crypto/jwt.hpp"

namespace muster::api {

/// Between two fetches that succeed; one that fails is repeated sooner.
inline constexpr std::chrono::seconds foreign_keys_interval{600};
/// After the first failure; doubles with each further one, up to the interval.
inline constexpr std::chrono::seconds foreign_keys_retry{5};
/// Tokens with unknown keys cause no fetch for this long after the last: anybody can make them up.
inline constexpr std::chrono::seconds foreign_keys_pause{10};
/// How long a request with an unknown key waits for the fetch.
inline constexpr std::chrono::milliseconds foreign_keys_patience{2'000};

/// Lives on the I/O thread. Must outlive the event loop's work.
class ForeignKeys {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// The document's text, or a sentence for the log.
    using Fetch = std::function<boost::asio::awaitable<std::expected<std::string, std::string>>()>;

    ForeignKeys(boost::asio::any_io_executor executor, crypto::JwtVerifier& verifier, Fetch fetch,
                std::function<void()> on_change);

    /// Fetches if it is time. For a loop that comes by often.
    boost::asio::awaitable<void> refresh_if_due(Time now);
    /// For a request whose token names an unknown key: waits for a fetch, for a while. True: there
    /// are other keys than before.
    boost::asio::awaitable<bool> look_for_new(Time now);

private:
    void start(Time now);
    boost::asio::awaitable<void> fetch(Time now);
    void take(const std::expected<std::string, std::string>& document, Time now);

    boost::asio::any_io_executor m_executor;
    crypto::JwtVerifier& m_verifier;
    Fetch m_fetch;
    std::function<void()> m_on_change;
    std::set<boost::asio::steady_timer*> m_waiting;
    std::string m_document;
    bool m_is_fetching = false;
    bool m_was_tried = false;
    Time m_tried_at;
    Time m_due_at;
    std::chrono::seconds m_retry = foreign_keys_retry;
    std::size_t m_changes = 0;
};

}  // namespace muster::api
