// Table `devices`, with the trust tables that hang on it. Called by app/ and jobs/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"
#include "store/memberships.hpp"
#include "store/transaction.hpp"

namespace muster::store {

/// A device with its evidence and pin: what the lifecycle rules take.
struct StoredDevice {
    core::TrackedDevice tracked;
    std::optional<core::TrustPolicy> own_policy;  ///< its organisation's; empty: the server's
};

// All throw StoreError (a row that cannot be read counts as one) and ConstraintViolation.

std::optional<StoredDevice> find_device(Transaction& transaction, std::string_view id);
/// By the SHA-256 of its enrolment token.
std::optional<StoredDevice> find_device_by_token(Transaction& transaction, std::string_view digest);
std::optional<StoredDevice> find_device_by_fingerprint(Transaction& transaction,
                                                       std::string_view fingerprint);

/// The devices of a network's memberships, after `after_id` up to `last_id`; any order.
std::vector<StoredDevice> list_members_devices(Transaction& transaction,
                                               const MembershipScope& scope,
                                               std::string_view after_id, std::string_view last_id);

/// A new device, with the evidence that it starts with.
void insert_device(Transaction& transaction, const core::TrackedDevice& device);

/// Writes what differs between the two, if the stored row still has `before`'s status, token and
/// fingerprint. Fails: conflict. Identity, owner and creation time are never written.
core::Result<void> save_device(Transaction& transaction, const core::TrackedDevice& before,
                               const core::TrackedDevice& after);

/// Only the sealed key, if the device has none yet and is still pending. False: nothing written.
bool save_network_key(Transaction& transaction, std::string_view device_id,
                      std::string_view sealed_key);

/// False: there was none. History is kept by the database's triggers.
bool delete_device(Transaction& transaction, std::string_view id);
void delete_devices_of(Transaction& transaction, std::string_view user_id);

/// The sweeper's work: ids, oldest first, at most `limit`.
std::vector<std::string> list_expired_tokens(Transaction& transaction, core::Timestamp now,
                                             int limit);
/// `standard` holds for organisations without a policy of their own.
std::vector<std::string> list_silent_devices(Transaction& transaction, core::Timestamp now,
                                             const core::TrustPolicy& standard, int limit);

void save_policy(Transaction& transaction, std::string_view organization_id,
                 const core::TrustPolicy& policy);

}  // namespace muster::store
