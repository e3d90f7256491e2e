// There and back: the only place besides store/ where a request changes threads.
// SPDX-License-Identifier: Apache-2.0
#include "api/password_pool.hpp"

#include <exception>
#include <functional>
#include <optional>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace muster::api {

namespace asio = boost::asio;

namespace {

/// Runs `work` on the pool and comes home with its value, or with what it threw.
template <class Work>
asio::awaitable<std::invoke_result_t<Work&>> run_on(asio::thread_pool& pool, Work& work) {
    const auto home = co_await asio::this_coro::executor;
    co_await asio::post(asio::bind_executor(pool.get_executor(), asio::use_awaitable));
    std::optional<std::invoke_result_t<Work&>> result;
    std::exception_ptr failure;
    try {
        result.emplace(work());
    } catch (...) {
        failure = std::current_exception();  // carried home: the caller must not resume here
    }
    co_await asio::post(asio::bind_executor(home, asio::use_awaitable));
    if (failure) std::rethrow_exception(failure);
    co_return std::move(*result);
}

/// Counts a place in the queue for as long as it lives.
class Place {
public:
    explicit Place(std::size_t& count) : m_count(count) { ++m_count; }
    ~Place() { --m_count; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    std::size_t& m_count;
};

}  // namespace

PasswordPool::~PasswordPool() {
    m_pool.join();
}

asio::awaitable<core::Result<bool>> PasswordPool::verify(base::Secret<std::string> password,
                                                         std::string hash) {
    if (m_waiting >= password_queue_max) co_return core::fail(core::Code::server_busy);
    const Place place(m_waiting);
    const crypto::PasswordCost cost = m_cost;
    auto work = [&password, &hash, cost] {
        const std::string& against = hash.empty() ? crypto::unmatchable_hash(cost) : hash;
        return crypto::verify_password(password, against);
    };
    const bool right = co_await run_on(m_pool, work);
    co_return right && !hash.empty();
}

asio::awaitable<core::Result<std::string>> PasswordPool::hash(base::Secret<std::string> password) {
    if (m_waiting >= password_queue_max) co_return core::fail(core::Code::server_busy);
    const Place place(m_waiting);
    const crypto::PasswordCost cost = m_cost;
    auto work = [&password, cost] { return crypto::hash_password(password, cost); };
    co_return co_await run_on(m_pool, work);
}

}  // namespace muster::api
