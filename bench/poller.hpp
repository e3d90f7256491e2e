// epoll on the load generators' connections.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include <sys/epoll.h>
#include <unistd.h>

#include "exchange.hpp"

namespace muster::bench {

class Poller {
public:
    Poller() : m_epoll(::epoll_create1(EPOLL_CLOEXEC)) {
        if (m_epoll < 0) throw BrokenExchange("cannot create an epoll");
    }
    ~Poller() { ::close(m_epoll); }
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    void watch(int descriptor, std::size_t index) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        if (::epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
            throw BrokenExchange("cannot watch a connection");
        }
    }
    void forget(int descriptor) const { ::epoll_ctl(m_epoll, EPOLL_CTL_DEL, descriptor, nullptr); }
    template <class Handle>
    void wait(std::chrono::milliseconds limit, Handle handle) const {
        std::array<epoll_event, 64> events{};
        const int count = ::epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()),
                                       static_cast<int>(limit.count()));
        for (int i = 0; i < count; ++i) handle(events.at(static_cast<std::size_t>(i)).data.u64);
    }

private:
    int m_epoll;
};

}  // namespace muster::bench
