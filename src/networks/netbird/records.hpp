// What NetBird's management API says, as our values; every field may be missing. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "networks/network.hpp"

namespace muster::networks::netbird {

/// A peer that waits for approval or has to log in anew is offline, whatever `connected` says.
Node to_node(const boost::json::value& peer);

/// Every peer is in this one; it cannot be named for a key.
constexpr std::string_view everybody = "All";
/// "muster-high" and the like.
std::string trust_group(core::TrustLevel level);

struct Group {
    std::string id;
    std::string name;
    std::set<std::string> peers;
    boost::json::array resources;  ///< of [{id, type}]: a write that lacks them empties them
};

Group to_group(const boost::json::value& group);
/// What a write must hold, all of it: it replaces everything.
boost::json::object to_json(const Group& group);

struct AuditEvent {
    std::uint64_t id = 0;
    std::string code;
    std::string initiator_id;
    std::string target_id;
    std::string group;  ///< of peer.group.add and .delete
    std::optional<core::Timestamp> at;
};

/// In any order; entries without a number are left out.
std::vector<AuditEvent> to_events(const boost::json::value& list);

/// The peer joined with a setup key: `target_id` with `initiator_id`.
bool is_join_by_key(const AuditEvent& event);
NetworkEvent to_network_event(const AuditEvent& event);

/// Those after `cursor` (the highest id seen), oldest first; an empty one: none, from now on. The
/// API shows the newest 10,000 only: where some are missing in between, the first event of the page
/// is of the type "gap".
EventPage page_after(std::string_view cursor, std::span<const AuditEvent> events);
constexpr std::string_view gap_event = "gap";

/// What of Muster's work the token's user may not do, in words; empty where the API does not tell.
std::vector<std::string> missing_rights(const boost::json::value& user, bool writes_groups);

/// Does some rule let every peer reach every other?
bool has_open_policy(const boost::json::value& policies);

}  // namespace muster::networks::netbird
