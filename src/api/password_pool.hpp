// Password hashing off the I/O thread: one thread of its own, behind a bounded queue.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/secret.hpp"
#include "core/result.hpp"
#include "crypto/passwords.hpp"

namespace muster::api {

/// Hashes waiting or under way. Beyond: server_busy.
inline constexpr std::size_t password_queue_max = 64;

/// Call on the I/O thread; the caller is resumed there.
class PasswordPool {
public:
    explicit PasswordPool(crypto::PasswordCost cost) : m_cost(cost) {}
    ~PasswordPool();

    /// An empty hash (no such account) costs the same as a real one, and is false.
    /// Fails: server_busy.
    boost::asio::awaitable<core::Result<bool>> verify(base::Secret<std::string> password,
                                                      std::string hash);
    /// Fails: server_busy.
    boost::asio::awaitable<core::Result<std::string>> hash(base::Secret<std::string> password);
    std::size_t queue_depth() const { return m_waiting; }

private:
    crypto::PasswordCost m_cost;
    std::size_t m_waiting = 0;
    boost::asio::thread_pool m_pool{1};
};

}  // namespace muster::api
