// What the network says of a device becomes evidence.
// SPDX-License-Identifier: Apache-2.0
#include "app/connections.hpp"

#include <algorithm>

#include "app/authority.hpp"
#include "app/history.hpp"
#include "app/host_label.hpp"
#include "app/network_connections.hpp"
#include "app/policy.hpp"
#include "crypto/tokens.hpp"
#include "store/devices.hpp"

namespace muster::app {

namespace {

using core::Code;

/// The device that a token proves to be asking: while it is good, and until it would have expired.
std::optional<std::string> find_bearer(store::Transaction& transaction, const Context& context,
                                       const base::Secret<std::string>& token) {
    const std::string digest = crypto::token_digest(token.reveal());
    const auto device = store::find_device_by_token(transaction, digest);
    if (device) {
        const auto& expires = device->tracked.device.enrollment_expires_at;
        if (expires && context.now < *expires) return device->tracked.device.id;
        return std::nullopt;
    }
    return store::find_spent_token(transaction, digest, context.now);
}

/// The id that old clients put into the token's field.
std::optional<std::string> id_of(const ConnectionQuery& query) {
    if (query.device_id) return query.device_id;
    if (query.enrollment_token && base::is_uuid(query.enrollment_token->reveal())) {
        return query.enrollment_token->reveal();
    }
    return std::nullopt;
}

core::Result<std::string> identify(store::Transaction& transaction, const Context& context,
                                   const ConnectionQuery& query) {
    const std::optional<std::string> id = id_of(query);
    if (query.enrollment_token && query.enrollment_token->reveal() != id) {
        const auto bearer = find_bearer(transaction, context, *query.enrollment_token);
        if (bearer && (!id || *id == *bearer)) return *bearer;
        if (context.caller.kind == core::Caller::Kind::anonymous) {
            return core::fail(Code::invalid_token);
        }
    }
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (!id) return core::fail(Code::missing_field, "device_id");
    const auto device = store::find_device(transaction, *id);
    if (!device) return core::fail(Code::device_not_found);
    if (auto actor = get_actor(*authority, device->tracked.device); !actor) {
        return std::unexpected(actor.error());
    }
    return *id;
}

store::MembershipScope scope_of(const store::Membership& membership) {
    return {membership.network, membership.connection_id};
}

bool is_anothers(store::Transaction& transaction, const store::Membership& membership,
                 const std::string& node_id) {
    const auto holder =
        store::find_membership_of_node(transaction, scope_of(membership), node_id, std::nullopt);
    return holder && holder->device_id != membership.device_id;
}

/// Only one device may wait for a name: of two, nobody could tell whose node it is.
std::optional<std::string> matchable_hostname(store::Transaction& transaction,
                                              const store::Membership& membership) {
    if (membership.node_id || !membership.announced_hostname) return std::nullopt;
    const auto waiting =
        store::count_waiting_for(transaction, scope_of(membership), *membership.announced_hostname);
    return waiting == 1 ? membership.announced_hostname : std::nullopt;
}

void keep_membership(store::Transaction& transaction, const Context& context,
                     store::Membership membership, const core::NodeSighting& node,
                     const std::optional<std::string>& key_id) {
    const bool is_new = membership.node_id != node.node_id;
    membership.node_id = node.node_id;
    if (key_id) membership.key_id = key_id;
    membership.hostname = node.hostname;
    membership.confirmed_at = context.now;
    if (is_new) membership.trust_push_at = context.now;
    store::save_membership(transaction, membership);
}

void finish_enrollment(store::Transaction& transaction, const Context& context,
                       const core::Device& before, const core::NodeSighting& node) {
    if (before.enrollment_token && before.enrollment_expires_at) {
        store::insert_spent_token(transaction, *before.enrollment_token, before.id, context.now,
                                  std::max(*before.enrollment_expires_at, context.now));
    }
    record_audit(transaction, context, before.organization_id, "device_enrolled_tailscale",
                 {{"device_id", before.id},
                  {"network", node.network},
                  {"tailscale_device_id", node.node_id}});
}

}  // namespace

core::Result<ConnectionState> find_connection(store::Transaction& transaction,
                                              const Context& context,
                                              const ConnectionQuery& query) {
    const auto id = identify(transaction, context, query);
    if (!id) return std::unexpected(id.error());
    const auto device = store::find_device(transaction, *id);
    if (!device) return core::fail(Code::device_not_found);
    ConnectionState state;
    state.device_id = *id;
    state.status = device->tracked.device.status;
    state.membership = store::find_membership(transaction, *id);
    if (state.membership) {
        state.connector = find_connector(transaction, context, state.membership->connection_id);
        state.hostname = matchable_hostname(transaction, *state.membership);
    }
    return state;
}

core::Result<void> announce_hostname(store::Transaction& transaction, const std::string& device_id,
                                     const std::string& hostname) {
    auto membership = store::find_membership(transaction, device_id);
    if (!membership || membership->node_id || membership->announced_hostname) return {};
    membership->announced_hostname = to_label(hostname);
    store::save_membership(transaction, *membership);
    return {};
}

core::Result<Connection> confirm_connection(store::Transaction& transaction, const Context& context,
                                            const std::string& device_id,
                                            const core::NodeSighting& node,
                                            const std::optional<std::string>& key_id) {
    const auto known = store::find_device(transaction, device_id);
    if (!known) return core::fail(Code::device_not_found);
    const core::Device& before = known->tracked.device;
    auto membership = store::find_membership(transaction, device_id);
    if (!membership || is_anothers(transaction, *membership, node.node_id)) {
        return Connection{before.status, false, {}, {}};
    }
    const auto change =
        core::connect(known->tracked, node, policy_of(context, *known), context.now);
    if (!change) return std::unexpected(change.error());
    if (auto saved = store::save_device(transaction, known->tracked, change->after); !saved) {
        return std::unexpected(saved.error());
    }
    keep_membership(transaction, context, std::move(*membership), node, key_id);
    record_events(transaction, context, device_id, change->events);
    if (before.status == core::DeviceStatus::pending) {
        finish_enrollment(transaction, context, before, node);
    }
    return Connection{change->after.device.status, true, node.hostname, node.ip};
}

core::Result<core::DeviceStatus> lose_connection(store::Transaction& transaction,
                                                 const Context& context,
                                                 const std::string& device_id) {
    const auto known = store::find_device(transaction, device_id);
    if (!known) return core::fail(Code::device_not_found);
    const auto membership = store::find_membership(transaction, device_id);
    if (!membership) return known->tracked.device.status;
    const core::Transition change = core::lose_network(known->tracked, membership->network,
                                                       policy_of(context, *known), context.now);
    if (change.events.empty()) return known->tracked.device.status;
    if (auto saved = store::save_device(transaction, known->tracked, change.after); !saved) {
        return std::unexpected(saved.error());
    }
    record_events(transaction, context, device_id, change.events);
    return change.after.device.status;
}

}  // namespace muster::app
