// Tables network_memberships (a device's place on a network), organization_tailscale_config (static
// keys) and spent_tokens. Called by app/ and jobs/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct Membership {
    std::string device_id;
    std::string network;
    std::optional<std::string> connection_id;  ///< empty: the server's own network
    std::optional<std::string> key_id;         ///< of the one-use key made for the device
    std::optional<std::string> node_id;  ///< bound when the network first confirmed the device
    std::optional<std::string> hostname;
    std::optional<std::string> announced_hostname;  ///< lower case
    std::optional<core::Timestamp> key_expires_at;
    std::optional<core::Timestamp> confirmed_at;
    std::optional<core::Timestamp> ambiguity_told_at;
    /// When it is due. Written only if it is set: the database itself makes it due, too.
    std::optional<core::Timestamp> trust_push_at;
    std::optional<std::string> trust_pushed;  ///< read only: note_trust_push() writes it
    core::Timestamp created_at;               ///< of the key, if there is one
};

/// Memberships of one connection, or, without an id, of the server's own network of that name.
struct MembershipScope {
    std::string network;
    std::optional<std::string> connection_id = {};
};

/// A condition that an index serves on both databases: $1 is scope_id(), $2 the network.
std::string_view in_scope(const MembershipScope& scope);
std::string_view scope_id(const MembershipScope& scope);
/// What every id comes after.
inline constexpr std::string_view before_all_ids = "00000000-0000-0000-0000-000000000000";

/// Inserts, or replaces the device's one row.
void save_membership(Transaction& transaction, const Membership& membership);
std::optional<Membership> find_membership(Transaction& transaction, std::string_view device_id);
/// The device that a node or a key belongs to.
std::optional<Membership> find_membership_of_node(Transaction& transaction,
                                                  const MembershipScope& scope,
                                                  std::string_view node_id,
                                                  const std::optional<std::string>& key_id);
/// Which of the nodes belong to a device, and which of the keys to one that has no node yet. At
/// most some hundred at once.
std::vector<std::string> list_bound_nodes(Transaction& transaction, const MembershipScope& scope,
                                          std::span<const std::string> node_ids);
std::vector<std::string> list_waiting_keys(Transaction& transaction, const MembershipScope& scope,
                                           std::span<const std::string> key_ids);
/// Deletes the device's row if it still names `target` as its node or key.
void delete_membership(Transaction& transaction, std::string_view device_id,
                       std::string_view target);
void forget_membership(Transaction& transaction, std::string_view device_id);
/// Whether a node was confirmed already or is still waited for; in order of device id, after
/// `after_device_id`.
std::vector<Membership> list_memberships(Transaction& transaction, const MembershipScope& scope,
                                         std::string_view after_device_id, int limit);
/// How many devices without a node have announced that host name.
std::int64_t count_waiting_for(Transaction& transaction, const MembershipScope& scope,
                               std::string_view announced_hostname);
std::int64_t count_memberships(Transaction& transaction, const MembershipScope& scope);

/// A trust level that is due to be told to the network.
struct TrustPush {
    std::string device_id;
    std::string node_id;
    std::string level;
    core::Timestamp due_at;
};
/// The longest overdue first.
std::vector<TrustPush> list_trust_pushes(Transaction& transaction, const MembershipScope& scope,
                                         core::Timestamp now, int limit);
bool has_trust_pushes(Transaction& transaction, core::Timestamp now);
/// What is due there is due at `next` instead: the network does not act on levels now.
void postpone_trust_pushes(Transaction& transaction, const MembershipScope& scope,
                           core::Timestamp now, core::Timestamp next);
/// Every level is due: the network acts on them from now on.
void make_trust_pushes_due(Transaction& transaction, const MembershipScope& scope,
                           core::Timestamp now);
/// The network knows; it is due again at `next`. A level that changed meanwhile stays due.
void note_trust_push(Transaction& transaction, const TrustPush& push, core::Timestamp next);

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
