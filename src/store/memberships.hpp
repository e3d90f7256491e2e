// Tables network_memberships (a device's place on a network), organization_tailscale_config (static
// keys) and spent_tokens. Called by app/ and jobs/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct Membership {
    std::string device_id;
    std::string network;
    std::optional<std::string> key_id;   ///< of the one-use key made for the device
    std::optional<std::string> node_id;  ///< bound when the network first confirmed the device
    std::optional<std::string> hostname;
    std::optional<core::Timestamp> key_expires_at;
    std::optional<core::Timestamp> confirmed_at;
    core::Timestamp created_at;
};

/// Inserts, or replaces the device's one row.
void save_membership(Transaction& transaction, const Membership& membership);
std::optional<Membership> find_membership(Transaction& transaction, std::string_view device_id);
/// The device that a node or a key belongs to.
std::optional<Membership> find_membership_of_node(Transaction& transaction,
                                                  std::string_view network,
                                                  std::string_view node_id,
                                                  const std::optional<std::string>& key_id);
/// Deletes the device's row if it still names `target` as its node or key.
void delete_membership(Transaction& transaction, std::string_view device_id,
                       std::string_view target);
/// Rows with a confirmed node, in order of device id, after `after_device_id`.
std::vector<Membership> list_confirmed_memberships(Transaction& transaction,
                                                   std::string_view network,
                                                   std::string_view after_device_id, int limit);

struct TailscaleConfig {
    std::string id;
    std::string sealed_key;
    std::vector<std::string> tags;
};
/// The organisation's newest config that is active and has not expired.
std::optional<TailscaleConfig> find_tailscale_config(Transaction& transaction,
                                                     std::string_view organization_id,
                                                     core::Timestamp now);

/// Remembers a token that has done its work until it would have expired, so that the device which
/// lost the answer can still ask how its enrolment ended.
void insert_spent_token(Transaction& transaction, std::string_view digest,
                        std::string_view device_id, core::Timestamp spent_at,
                        core::Timestamp expires_at);
/// The device of a spent token that has not expired.
std::optional<std::string> find_spent_token(Transaction& transaction, std::string_view digest,
                                            core::Timestamp now);
int delete_expired_spent_tokens(Transaction& transaction, core::Timestamp now);

}  // namespace muster::store
