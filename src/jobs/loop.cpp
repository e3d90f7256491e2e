// A failing round is logged and tried again after the interval; it never ends the loop.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/loop.hpp"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"

namespace muster::jobs {

namespace asio = boost::asio;

Loop::Loop(asio::any_io_executor executor, std::string name, std::chrono::milliseconds interval,
           Round round)
    : m_executor(executor),
      m_name(std::move(name)),
      m_interval(interval),
      m_round(std::move(round)),
      m_timer(executor) {}

void Loop::start() {
    asio::co_spawn(m_executor, run(), asio::detached);
}

void Loop::wake() {
    m_woken = true;
    m_timer.cancel();
}

void Loop::stop() {
    m_stopping = true;
    m_timer.cancel();
}

asio::awaitable<void> Loop::run() {
    while (!m_stopping) {
        bool more = false;
        m_woken = false;
        try {
            more = co_await m_round();
        } catch (const std::exception& failure) {
            base::log(base::LogLevel::error, "job_failed",
                      {{"job", m_name}, {"reason", failure.what()}});
        }
        if (m_stopping) break;
        if (more || m_woken) continue;
        m_timer.expires_after(m_interval);
        boost::system::error_code cancelled;
        co_await m_timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
}

}  // namespace muster::jobs
