// The three background jobs of a running server.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "jobs/loop.hpp"
#include "jobs/outbox.hpp"
#include "main/settings.hpp"

namespace muster::main {

/// On the I/O thread; rounds wait for the store and the networks without blocking it.
class Background {
public:
    Background(boost::asio::any_io_executor executor, const Settings& settings, jobs::Tools tools);
    void start();
    void wake_outbox() { m_outbox.wake(); }
    /// What only the leader does: it has begun to lead.
    void wake_leader() {
        m_sweeper.wake();
        m_reconciler.wake();
    }
    void stop();

private:
    jobs::Tools m_tools;
    jobs::Loop m_outbox;
    jobs::Loop m_sweeper;
    jobs::Loop m_reconciler;
};

}  // namespace muster::main
