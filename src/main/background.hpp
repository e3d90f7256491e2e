// The background jobs of a running server.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "jobs/event_poller.hpp"
#include "jobs/loop.hpp"
#include "jobs/outbox.hpp"
#include "jobs/reconciler.hpp"
#include "jobs/tools.hpp"
#include "jobs/trust_pusher.hpp"
#include "main/settings.hpp"

namespace muster::main {

/// On the I/O thread; rounds wait for the store and the networks without blocking it.
class Background {
public:
    Background(boost::asio::any_io_executor executor, const Settings& settings, jobs::Tools tools);
    void start();
    void wake_outbox();
    /// Something happened on that connection's network; "": on the server's own.
    void wake_reconciler(const std::string& connection_id);
    /// Compares that connection's network now. Fails as jobs::reconcile().
    boost::asio::awaitable<core::Result<jobs::Reconciled>> compare(networks::Connector connector);
    /// What only the leader does: it has begun to lead.
    void wake_leader();
    void stop();

private:
    std::vector<jobs::Loop*> loops();

    jobs::Tools m_tools;
    std::chrono::milliseconds m_call_timeout;
    jobs::Reconciler m_reconciler;
    jobs::EventPoller m_events;
    /// Several, so that a network that does not answer holds up only one.
    std::vector<std::unique_ptr<jobs::Loop>> m_outboxes;
    jobs::Loop m_sweeper;
    jobs::Loop m_reconciling;
    jobs::Loop m_trust;
    jobs::Loop m_polling;
};

}  // namespace muster::main
