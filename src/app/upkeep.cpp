// Background changes, one device a transaction.
// SPDX-License-Identifier: Apache-2.0
#include "app/upkeep.hpp"

#include "app/attempts.hpp"
#include "app/history.hpp"
#include "app/leaving.hpp"
#include "app/policy.hpp"
#include "store/attempts.hpp"
#include "store/devices.hpp"
#include "store/memberships.hpp"

namespace muster::app {

namespace {

/// Writes a change that the rules made. Somebody quicker makes it no change; the next run looks
/// again.
bool keep(store::Transaction& transaction, const Context& context,
          const core::TrackedDevice& before, const core::Transition& change) {
    if (!store::save_device(transaction, before, change.after)) return false;
    record_events(transaction, context, before.device.id, change.events);
    return true;
}

/// Who comes too late must not get onto the network with it.
void forget_unused_key(store::Transaction& transaction, const Context& context,
                       const core::Device& device) {
    const auto place = store::find_membership(transaction, device.id);
    if (!place || place->node_id) return;
    leave_place(transaction, context, device.organization_id, *place);
    // One that waits by its name alone would wait for ever; a key's job takes the row along.
    if (!place->key_id) store::forget_membership(transaction, device.id);
}

}  // namespace

core::Result<Overdue> list_overdue(store::Transaction& transaction, const Context& context,
                                   int limit) {
    return Overdue{
        store::list_expired_tokens(transaction, context.now, limit),
        store::list_silent_devices(transaction, context.now, context.rules.trust_policy, limit)};
}

core::Result<bool> expire_device_token(store::Transaction& transaction, const Context& context,
                                       const std::string& device_id) {
    const auto known = store::find_device(transaction, device_id);
    if (!known) return false;
    const core::Transition change = core::expire_token(known->tracked, context.now);
    if (change.events.empty() || !keep(transaction, context, known->tracked, change)) return false;
    forget_unused_key(transaction, context, known->tracked.device);
    return true;
}

core::Result<bool> mark_silent(store::Transaction& transaction, const Context& context,
                               const std::string& device_id) {
    const auto known = store::find_device(transaction, device_id);
    if (!known) return false;
    const core::Transition change =
        core::fall_silent(known->tracked, policy_of(context, *known), context.now);
    return !change.events.empty() && keep(transaction, context, known->tracked, change);
}

core::Result<int> forget_spent_tokens(store::Transaction& transaction, const Context& context) {
    return store::delete_expired_spent_tokens(transaction, context.now);
}

core::Result<int> forget_attempts(store::Transaction& transaction) {
    return store::forget_full_buckets(transaction, attempt_buckets_max);
}

core::Result<std::vector<store::NetworkJob>> claim_jobs(store::Transaction& transaction,
                                                        const Context& context,
                                                        std::chrono::milliseconds lease,
                                                        int limit) {
    return store::claim_jobs(transaction, context.now, lease, limit);
}

core::Result<bool> finish_job(store::Transaction& transaction, const Context& context,
                              const store::NetworkJob& job) {
    if (!store::finish_job(transaction, job, "done", context.now)) return false;
    const auto known = store::find_device(transaction, job.device_id);
    if (!known) return true;  // deleted: its history has said so already
    const auto membership = store::find_membership(transaction, job.device_id);
    const bool current = membership && (membership->node_id == job.target ||
                                        (!membership->node_id && membership->key_id == job.target));
    core::Transition change{known->tracked, {}};
    if (current) {
        store::delete_membership(transaction, job.device_id, job.target);
        core::drop_evidence(change.after.trust, core::EvidenceKind::network_connection);
        core::Device& device = change.after.device;
        device.tailscale_device_id.reset();
        device.tailscale_hostname.reset();
        device.tailscale_ip.reset();
        device.metadata["tailscale_online"] = false;
    }
    change.events.push_back({core::EventType::network_removed,
                             {{"network", job.network},
                              {"kind", to_text(job.kind)},
                              {"target", job.target},
                              {"attempts", job.attempts}}});
    return keep(transaction, context, known->tracked, change);
}

core::Result<bool> postpone_job(store::Transaction& transaction, const store::NetworkJob& job,
                                core::Timestamp next_attempt_at, const std::string& error) {
    return store::retry_job(transaction, job, next_attempt_at, error);
}

}  // namespace muster::app
