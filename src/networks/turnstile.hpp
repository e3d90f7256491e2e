// Lets one coroutine at a time through: for changes that a control plane only takes as "read all,
// write all back". I/O thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "networks/network.hpp"

namespace muster::networks {

class Turnstile {
    struct Queue;

public:
    /// Held by the one who is through; the next one follows when it goes. May outlive the
    /// turnstile.
    class Turn {
    public:
        explicit Turn(std::shared_ptr<Queue> queue) : m_queue(std::move(queue)) {}
        ~Turn();
        Turn(Turn&&) noexcept = default;
        Turn& operator=(Turn&&) = delete;

    private:
        std::shared_ptr<Queue> m_queue;
    };

    Turnstile();
    /// In order of arrival. Empty: the deadline came first.
    boost::asio::awaitable<std::optional<Turn>> enter(Deadline deadline);

private:
    std::shared_ptr<Queue> m_queue;
};

}  // namespace muster::networks
