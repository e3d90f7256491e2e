// Devices are read by the page, and only what changed is written.
// SPDX-License-Identifier: Apache-2.0
#include "app/reconciliation.hpp"

#include <algorithm>
#include <unordered_map>

#include "app/connections.hpp"
#include "app/history.hpp"
#include "app/leaving.hpp"
#include "app/policy.hpp"
#include "store/devices.hpp"
#include "store/network_jobs.hpp"
#include "store/sightings.hpp"

namespace muster::app {

namespace {

using store::Membership;
using store::StoredDevice;

/// A page's work under way.
struct Page {
    store::Transaction& transaction;
    const Context& context;
    const store::MembershipScope& scope;
    PageOutcome outcome = {};
    std::vector<store::Sighting> sightings = {};  ///< to be written together
};

/// Somebody quicker makes it no change; the next comparison looks again.
bool keep(Page& page, const core::TrackedDevice& before, const core::Transition& change) {
    if (!store::save_device(page.transaction, before, change.after)) return false;
    record_events(page.transaction, page.context, before.device.id, change.events);
    ++page.outcome.changed;
    return true;
}

boost::json::object without_time(boost::json::object metadata) {
    metadata.erase("tailscale_last_seen");
    return metadata;
}

/// Is there anything that somebody would miss?
bool is_worth_writing(const core::TrackedDevice& before, const core::Transition& change) {
    const core::Device& was = before.device;
    const core::Device& is = change.after.device;
    if (!change.events.empty() || was.status != is.status) return true;
    if (was.tailscale_hostname != is.tailscale_hostname || was.tailscale_ip != is.tailscale_ip ||
        was.tailscale_device_id != is.tailscale_device_id) {
        return true;
    }
    if (!was.last_seen || !is.last_seen) return was.last_seen != is.last_seen;
    return *is.last_seen - *was.last_seen >= sighting_grain ||
           without_time(was.metadata) != without_time(is.metadata);
}

/// A revoked device that joined with a key that others use, too: only now is it known by what node.
void send_off(Page& page, const StoredDevice& stored, const Membership& membership,
              const std::string& node_id) {
    const auto jobs = store::list_jobs(page.transaction, stored.tracked.device.id);
    const auto is_waiting = [](const store::NetworkJob& job) { return job.state == "waiting"; };
    if (std::ranges::any_of(jobs, is_waiting)) return;
    insert_network_job(page.transaction, page.context, stored.tracked.device.organization_id,
                       membership, store::JobKind::remove_node, node_id);
}

void see_bound(Page& page, const StoredDevice& stored, const Membership& membership,
               const core::NodeSighting& node) {
    ++page.outcome.seen;
    page.outcome.node_ids.push_back(*membership.node_id);
    const auto change =
        core::connect(stored.tracked, node, policy_of(page.context, stored), page.context.now);
    if (!change) return;  // revoked: its node is the outbox's business
    if (!is_worth_writing(stored.tracked, *change)) return;
    store::Sighting sighting{stored.tracked, change->after};
    if (change->events.empty() && store::is_mere_sighting(sighting)) {
        page.sightings.push_back(std::move(sighting));
    } else {
        keep(page, stored.tracked, *change);
    }
}

void miss_bound(Page& page, const StoredDevice& stored, const Membership& membership) {
    const core::Transition change = core::lose_network(
        stored.tracked, membership.network, policy_of(page.context, stored), page.context.now);
    if (!change.events.empty() && keep(page, stored.tracked, change)) ++page.outcome.lost;
}

void tell_ambiguity(Page& page, const Membership& membership, int candidates) {
    ++page.outcome.ambiguous;
    if (membership.ambiguity_told_at) return;
    const core::DeviceEvent event{core::EventType::network_node_ambiguous,
                                  {{"network", membership.network},
                                   {"hostname", membership.announced_hostname.value_or("")},
                                   {"candidates", candidates}}};
    record_events(page.transaction, page.context, membership.device_id, {&event, 1});
    Membership told = membership;
    told.ambiguity_told_at = page.context.now;
    store::save_membership(page.transaction, told);
}

/// Only one device may wait for a name.
bool is_only_one_waiting(Page& page, const Membership& membership) {
    return membership.announced_hostname &&
           store::count_waiting_for(page.transaction, page.scope, *membership.announced_hostname) ==
               1;
}

void find_waiting(Page& page, const StoredDevice& stored, const Membership& membership,
                  const Finding& finding) {
    if (finding.candidates > 1) return tell_ambiguity(page, membership, finding.candidates);
    if (!finding.node) return;
    if (finding.is_by_hostname && !is_only_one_waiting(page, membership)) return;
    const core::NodeSighting& node = *finding.node;
    const auto holder =
        store::find_membership_of_node(page.transaction, page.scope, node.node_id, std::nullopt);
    if (holder) return;
    if (stored.tracked.device.status == core::DeviceStatus::revoked) {
        send_off(page, stored, membership, node.node_id);
        return;
    }
    const auto confirmed = confirm_connection(page.transaction, page.context, membership.device_id,
                                              node, finding.key_id);
    if (!confirmed || !confirmed->connected) return;
    ++page.outcome.adopted;
    ++page.outcome.changed;
    page.outcome.node_ids.push_back(node.node_id);
}

void compare(Page& page, const StoredDevice& stored, const Membership& membership,
             const Finding& finding) {
    if (finding.is_unknown) {
        if (membership.node_id) page.outcome.node_ids.push_back(*membership.node_id);
    } else if (!membership.node_id) {
        find_waiting(page, stored, membership, finding);
    } else if (finding.node) {
        see_bound(page, stored, membership, *finding.node);
    } else {
        miss_bound(page, stored, membership);
    }
}

/// The network's connection was removed. Its node stays where it is.
void leave(Page& page, const StoredDevice& stored, const Membership& membership) {
    const bool is_revoked = stored.tracked.device.status == core::DeviceStatus::revoked;
    if (is_revoked && (membership.node_id || membership.key_id)) return;  // a job's business
    if (membership.node_id) {
        miss_bound(page, stored, membership);
    } else if (membership.key_id) {
        leave_place(page.transaction, page.context, stored.tracked.device.organization_id,
                    membership);
        core::Transition change{stored.tracked, {}};
        change.after.device.tailscale_auth_key.reset();
        keep(page, stored.tracked, change);
    }
    store::forget_membership(page.transaction, membership.device_id);
}

using DevicesById = std::unordered_map<std::string, StoredDevice>;

DevicesById read_devices(Page& page, const std::string& after, const std::string& last) {
    DevicesById devices;
    for (StoredDevice& stored :
         store::list_members_devices(page.transaction, page.scope, after, last)) {
        std::string id = stored.tracked.device.id;
        devices.emplace(std::move(id), std::move(stored));
    }
    return devices;
}

}  // namespace

core::Result<PageOutcome> compare_page(store::Transaction& transaction, const Context& context,
                                       const store::MembershipScope& scope,
                                       const std::string& after_device_id, int limit,
                                       const Look& look) {
    Page page{transaction, context, scope};
    const auto memberships = store::list_memberships(transaction, scope, after_device_id, limit);
    if (memberships.empty()) return std::move(page.outcome);
    page.outcome.last_device_id = memberships.back().device_id;
    const DevicesById devices = read_devices(page, after_device_id, page.outcome.last_device_id);
    for (const Membership& membership : memberships) {
        const auto device = devices.find(membership.device_id);
        if (device != devices.end()) compare(page, device->second, membership, look(membership));
    }
    page.outcome.changed += static_cast<int>(store::save_sightings(transaction, page.sightings));
    return std::move(page.outcome);
}

core::Result<PageOutcome> leave_page(store::Transaction& transaction, const Context& context,
                                     const store::MembershipScope& scope,
                                     const std::string& after_device_id, int limit) {
    Page page{transaction, context, scope};
    const auto memberships = store::list_memberships(transaction, scope, after_device_id, limit);
    if (memberships.empty()) return std::move(page.outcome);
    page.outcome.last_device_id = memberships.back().device_id;
    const DevicesById devices = read_devices(page, after_device_id, page.outcome.last_device_id);
    for (const Membership& membership : memberships) {
        const auto device = devices.find(membership.device_id);
        if (device != devices.end()) leave(page, device->second, membership);
    }
    return std::move(page.outcome);
}

}  // namespace muster::app
