// Compares the roster with what each network itself lists: addresses and last-seen move, a node
// that is gone takes the trust that it gave with it, a device that waits for its node finds it. A
// node that Muster does not know is only counted.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "app/network_connections.hpp"
#include "core/result.hpp"
#include "jobs/tools.hpp"

namespace muster::jobs {

/// Memberships that are compared in one transaction.
inline constexpr int reconcile_page = 500;

struct Reconciled {
    int seen = 0;       ///< devices whose node is there
    int lost = 0;       ///< devices whose node is gone since the last time
    int adopted = 0;    ///< pending devices whose enrolment this completed
    int ambiguous = 0;  ///< devices that wait, with more than one node that could be theirs
    int changed = 0;    ///< devices that were written
    int nodes = 0;      ///< that the network lists
    int shadows = 0;    ///< of them, nodes of no device
};

/// One comparison of one network; nothing, or as far as it got, where another server leads. A
/// connection that was removed gives up its devices, and goes once nothing needs it.
/// Fails: network_unreachable and what else Network::list_nodes() does, network_not_configured;
/// then nothing was changed. Throws StoreError.
boost::asio::awaitable<core::Result<Reconciled>> reconcile(Tools& tools,
                                                           const app::ConnectionInUse& target,
                                                           std::chrono::milliseconds call_timeout);

/// Which network is due when. On the I/O thread.
class Reconciler {
public:
    Reconciler(Tools& tools, std::chrono::milliseconds interval,
               std::chrono::milliseconds call_timeout)
        : m_tools(tools),
          m_unled_tools{tools.store, tools.clock,  tools.random,  tools.metrics,
                        tools.rules, tools.sealer, tools.networks},
          m_interval(interval),
          m_call_timeout(call_timeout) {}

    /// Something happened there ("": on the server's own network): the next round compares it, also
    /// where this server does not lead.
    void wake(const std::string& connection_id) { m_woken.insert(connection_id); }

    /// Compares what is due, several networks side by side. Logs what it found. Returns how many
    /// networks were due. Throws StoreError.
    boost::asio::awaitable<int> round();

private:
    bool is_due(const app::ConnectionInUse& target,
                std::chrono::steady_clock::time_point now) const;
    boost::asio::awaitable<void> compare(app::ConnectionInUse target, bool is_woken);

    Tools& m_tools;
    Tools m_unled_tools;  ///< for what somebody told this server
    std::chrono::milliseconds m_interval;
    std::chrono::milliseconds m_call_timeout;
    std::set<std::string> m_woken;
    std::map<std::string, std::chrono::steady_clock::time_point> m_begun;
};

}  // namespace muster::jobs
