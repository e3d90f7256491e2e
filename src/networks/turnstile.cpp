// A queue of timers, each waiting for its deadline or for its turn.
// SPDX-License-Identifier: Apache-2.0
#include "networks/turnstile.hpp"

#include <algorithm>
#include <deque>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace muster::networks {
namespace asio = boost::asio;
namespace {

struct Waiting {
    asio::steady_timer timer;
    bool is_next = false;
};

}  // namespace

struct Turnstile::Queue {
    std::deque<std::shared_ptr<Waiting>> waiting;
    bool is_taken = false;
};

Turnstile::Turn::~Turn() {
    if (!m_queue) return;
    if (m_queue->waiting.empty()) {
        m_queue->is_taken = false;
        return;
    }
    const auto next = m_queue->waiting.front();
    m_queue->waiting.pop_front();
    next->is_next = true;
    next->timer.cancel();
}

Turnstile::Turnstile() : m_queue(std::make_shared<Queue>()) {}

asio::awaitable<std::optional<Turnstile::Turn>> Turnstile::enter(Deadline deadline) {
    const auto queue = m_queue;
    if (queue->is_taken) {
        const auto executor = co_await asio::this_coro::executor;
        const auto self = std::make_shared<Waiting>(asio::steady_timer(executor, deadline));
        queue->waiting.push_back(self);
        boost::system::error_code cancelled;
        co_await self->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        if (!self->is_next) {
            std::erase(queue->waiting, self);
            co_return std::nullopt;
        }
    }
    queue->is_taken = true;
    co_return Turn(queue);
}

}  // namespace muster::networks
