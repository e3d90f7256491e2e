// Numbers for /metrics and the check behind /readyz. Reads only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/result.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct RosterCounts {
    std::map<std::string, std::int64_t> devices_by_status;  ///< every status is there
    std::int64_t waiting_jobs = 0;
};
core::Result<RosterCounts> count_roster(store::Transaction& transaction);

/// Throws StoreError when the database does not answer.
core::Result<void> check_database(store::Transaction& transaction);

}  // namespace muster::app
