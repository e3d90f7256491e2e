// Use cases on devices that are on the roster: look, revoke, reactivate, set the trust level,
// delete.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/enrollment.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"
#include "store/memberships.hpp"
#include "store/network_jobs.hpp"
#include "store/roster.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// The owner or an admin. Twice is once. The device leaves its network by a job.
/// Fails: authorization_required, device_not_found, conflict.
core::Result<core::DeviceStatus> revoke_device(store::Transaction& transaction,
                                               const Context& context, const std::string& device_id,
                                               const std::optional<std::string>& reason);

struct ReactivatedDevice {
    core::DeviceStatus status = core::DeviceStatus::pending;
    std::optional<IssuedToken> token;  ///< empty when it never left its network
};
/// Admins only. Fails: authorization_required, device_not_found, permission_denied (the owner),
/// device_not_revoked, conflict.
core::Result<ReactivatedDevice> reactivate_device(store::Transaction& transaction,
                                                  const Context& context,
                                                  const std::string& device_id);

struct TrustChange {
    std::string device_id;
    std::optional<core::TrustLevel> level;  ///< empty: drop the pin, derive from the evidence
    std::string reason;
};
/// Admins only. Fails: authorization_required, device_not_found, permission_denied (the owner),
/// device_revoked, conflict.
core::Result<core::TrustLevel> set_trust_level(store::Transaction& transaction,
                                               const Context& context, const TrustChange& change);

/// The owner or an admin. Its history moves to the archive, its node leaves the network: the
/// database's triggers see to both. Fails: authorization_required, device_not_found.
core::Result<void> delete_device(store::Transaction& transaction, const Context& context,
                                 const std::string& device_id);

struct DeviceView {
    core::Device device;
    std::string user_email;
    core::TrustVerdict verdict;
    bool pinned = false;
    std::optional<store::Membership> membership;
    std::vector<store::NetworkJob> jobs;
};
/// The owner or an admin. Fails: authorization_required, device_not_found.
core::Result<DeviceView> show_device(store::Transaction& transaction, const Context& context,
                                     const std::string& device_id);

/// What the caller may see of the roster: all, the own organisation's (admins), the own devices.
/// Fails: authorization_required.
core::Result<std::vector<store::ListedDevice>> list_devices(store::Transaction& transaction,
                                                            const Context& context,
                                                            store::RosterFilter filter);

}  // namespace muster::app
