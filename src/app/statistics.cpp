// Counts.
// SPDX-License-Identifier: Apache-2.0
#include "app/statistics.hpp"

#include "core/device.hpp"
#include "store/network_jobs.hpp"
#include "store/roster.hpp"

namespace muster::app {

core::Result<RosterCounts> count_roster(store::Transaction& transaction) {
    using core::DeviceStatus;
    RosterCounts counts;
    for (const auto status : {DeviceStatus::pending, DeviceStatus::active, DeviceStatus::inactive,
                              DeviceStatus::revoked}) {
        counts.devices_by_status.emplace(to_text(status), 0);
    }
    for (const auto& [status, count] : store::count_devices(transaction)) {
        counts.devices_by_status[status] = count;
    }
    counts.waiting_jobs = store::count_waiting_jobs(transaction);
    return counts;
}

core::Result<void> check_database(store::Transaction& transaction) {
    if (!transaction.one("SELECT 1")) throw store::StoreError("the database gave no row");
    return {};
}

}  // namespace muster::app
