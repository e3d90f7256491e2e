// What the audit log keeps of calls that were handed on to NetBird: never a body, never a query.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "app/context.hpp"
#include "core/result.hpp"
#include "networks/connection.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct NetBirdCallRecord {
    std::string method;
    std::string path;
    unsigned status = 0;  ///< that the caller is answered with
    std::chrono::milliseconds duration{0};
};

/// The audit row netbird_api_call, of the connection's organization; of the caller's, for the
/// server's own network. Fails: authorization_required.
core::Result<void> record_netbird_call(store::Transaction& transaction, const Context& context,
                                       const networks::Connector& connector,
                                       const NetBirdCallRecord& call);

}  // namespace muster::app
