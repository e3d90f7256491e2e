// Runs a background job again and again until it is told to stop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace muster::jobs {

/// One round of work; true: there may be more, come again at once.
using Round = std::function<boost::asio::awaitable<bool>()>;

/// Use on one executor only. Must outlive what start() spawned: stop it, then run the executor dry.
class Loop {
public:
    Loop(boost::asio::any_io_executor executor, std::string name,
         std::chrono::milliseconds interval, Round round);

    void start();
    /// Does not wait for the interval's end. A round under way is followed by another.
    void wake();
    /// Lets a round under way finish and starts none.
    void stop();

private:
    boost::asio::awaitable<void> run();

    boost::asio::any_io_executor m_executor;
    std::string m_name;
    std::chrono::milliseconds m_interval;
    Round m_round;
    boost::asio::steady_timer m_timer;
    bool m_stopping = false;
    bool m_woken = false;
};

}  // namespace muster::jobs
