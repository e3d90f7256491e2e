// Reads the event streams of networks that have one. An event is a hint: what it says is not
// believed, but the network is compared at once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "app/network_connections.hpp"
#include "jobs/tools.hpp"

namespace muster::jobs {

/// On the I/O thread.
class EventPoller {
public:
    /// `changed`: nodes came, went or changed on that connection ("": the server's own).
    using Changed = std::function<void(const std::string& connection_id)>;
    EventPoller(Tools& tools, std::chrono::milliseconds call_timeout, Changed changed)
        : m_tools(tools), m_call_timeout(call_timeout), m_changed(std::move(changed)) {}

    /// Asks each network once for what happened since the last time, side by side. Only where this
    /// server leads. Returns how many there are. Throws StoreError.
    boost::asio::awaitable<int> round();

private:
    boost::asio::awaitable<void> poll(app::ConnectionInUse target);

    Tools& m_tools;
    std::chrono::milliseconds m_call_timeout;
    Changed m_changed;
    std::string m_own_cursor;  ///< a server that starts compares anyway: from now on is enough
};

}  // namespace muster::jobs
