// Memory, or the database.
// SPDX-License-Identifier: Apache-2.0
#include "api/attempts.hpp"

#include <chrono>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "app/attempts.hpp"
#include "base/log.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

store::Bucket bucket_of(Limit limit, const std::string& key) {
    const LimitRow& row = limit_row(limit);
    return {row.name, key, row.burst, row.per_minute};
}

/// On its own: nobody waits, and nobody minds.
asio::awaitable<void> return_attempt(store::Store& store, Limit limit, std::string key) {
    auto work = [&](store::Transaction& transaction) {
        return app::give_back_attempt(transaction, bucket_of(limit, key));
    };
    try {
        const auto returned = co_await store.write(work);
        if (returned) co_return;
    } catch (const std::exception& failure) {
        base::log(base::LogLevel::warning, "attempt_lost", {{"reason", failure.what()}});
    }
}

}  // namespace

core::Result<void> Attempts::check(Limit limit, const std::string& key) {
    return m_limits.check(limit, key, Clock::now());
}

asio::awaitable<core::Result<void>> Attempts::take(Limit limit, std::string key) {
    if (m_limits.is_off()) co_return core::Result<void>{};
    if (!m_store.is_shared()) co_return m_limits.take(limit, key, Clock::now());
    co_return co_await take_shared(limit, std::move(key));
}

asio::awaitable<core::Result<void>> Attempts::take_shared(Limit limit, std::string key) {
    if (auto known = m_limits.recall(limit, key, Clock::now()); !known) co_return known;
    auto work = [&](store::Transaction& transaction) {
        return app::take_attempt(transaction, bucket_of(limit, key));
    };
    const auto left = co_await m_store.write(work);
    if (!left) co_return std::unexpected(left.error());
    co_return m_limits.learn(limit, key, *left, Clock::now());
}

asio::awaitable<void> Attempts::give_back(Limit limit, std::string key) {
    if (m_limits.is_off()) co_return;
    m_limits.give_back(limit, key);
    if (!m_store.is_shared()) co_return;
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, return_attempt(m_store, limit, std::move(key)), asio::detached);
}

}  // namespace muster::api
