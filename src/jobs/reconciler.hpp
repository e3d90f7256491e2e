// Compares the roster with what the network itself lists: addresses and last-seen move, a node that
// is gone takes the trust that it gave with it. A node that Muster does not know is only counted.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "jobs/outbox.hpp"

namespace muster::jobs {

/// Memberships that are read in one transaction.
inline constexpr int reconcile_page = 500;

struct Reconciled {
    int seen = 0;     ///< devices whose node is there
    int lost = 0;     ///< devices whose node is gone
    int adopted = 0;  ///< pending devices whose enrolment this completed
    int unknown = 0;  ///< nodes of no device
};

/// One comparison; nothing, or as far as it got, where another server leads. Fails:
/// network_unreachable, network_not_configured; then nothing was changed. Throws StoreError.
boost::asio::awaitable<core::Result<Reconciled>> reconcile(Tools& tools,
                                                           std::chrono::milliseconds call_timeout);

}  // namespace muster::jobs
