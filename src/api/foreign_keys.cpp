// Fetching and taking over keys.
// SPDX-License-Identifier: Apache-2.0
#include "api/foreign_keys.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"

namespace muster::api {

namespace asio = boost::asio;
using base::LogLevel;

ForeignKeys::ForeignKeys(asio::any_io_executor executor, crypto::JwtVerifier& verifier, Fetch fetch,
                         std::function<void()> on_change)
    : m_executor(std::move(executor)),
      m_verifier(verifier),
      m_fetch(std::move(fetch)),
      m_on_change(std::move(on_change)) {}

asio::awaitable<void> ForeignKeys::refresh_if_due(Time now) {
    if (m_is_fetching || (m_was_tried && now < m_due_at)) co_return;
    m_is_fetching = true;
    co_await fetch(now);
}

asio::awaitable<bool> ForeignKeys::look_for_new(Time now) {
    const bool is_too_soon = m_was_tried && now < m_tried_at + foreign_keys_pause;
    if (!m_is_fetching && is_too_soon) co_return false;
    const std::size_t changes = m_changes;
    if (!m_is_fetching) start(now);
    asio::steady_timer timer(m_executor, foreign_keys_patience);
    m_waiting.insert(&timer);
    boost::system::error_code stopped;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    m_waiting.erase(&timer);
    co_return m_changes != changes;
}

/// On its own: a request that has no patience left must not take the fetch with it.
void ForeignKeys::start(Time now) {
    m_is_fetching = true;
    asio::co_spawn(m_executor, fetch(now), asio::detached);
}

asio::awaitable<void> ForeignKeys::fetch(Time now) {
    std::expected<std::string, std::string> document = std::unexpected(std::string());
    try {
        document = co_await m_fetch();
    } catch (const std::exception& failure) {
        document = std::unexpected(std::string(failure.what()));
    }
    take(document, now);
    m_is_fetching = false;
    for (asio::steady_timer* const timer : m_waiting) timer->cancel();
}

void ForeignKeys::take(const std::expected<std::string, std::string>& document, Time now) {
    m_was_tried = true;
    m_tried_at = now;
    auto keys = document ? crypto::parse_jwks(*document) : std::nullopt;
    if (!keys) {
        m_due_at = now + m_retry;
        m_retry = std::min(m_retry * 2, foreign_keys_interval);
        base::log(LogLevel::warning, "foreign_keys_not_read",
                  {{"error", document ? std::string("this is no JWKS") : document.error()}});
        return;
    }
    m_due_at = now + foreign_keys_interval;
    m_retry = foreign_keys_retry;
    if (*document == m_document) return;
    m_document = *document;
    ++m_changes;
    base::log(LogLevel::info, "foreign_keys_read",
              {{"keys", static_cast<std::int64_t>(keys->size())}});
    m_verifier.set_foreign_keys(std::move(*keys));
    m_on_change();
}

}  // namespace muster::api
