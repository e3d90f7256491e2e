// What happens to devices after enrolment.
// SPDX-License-Identifier: Apache-2.0
#include "app/devices.hpp"

#include <algorithm>

#include "app/authority.hpp"
#include "app/history.hpp"
#include "app/leaving.hpp"
#include "app/policy.hpp"
#include "crypto/tokens.hpp"
#include "store/accounts.hpp"
#include "store/devices.hpp"

namespace muster::app {

namespace {

using core::Code;

/// A device and as what the caller may change it.
struct Subject {
    store::StoredDevice stored;
    core::Actor actor = core::Actor::owner;
    std::string by;
};

core::Result<Subject> get_subject(store::Transaction& transaction, const Context& context,
                                  const std::string& device_id) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    auto stored = store::find_device(transaction, device_id);
    if (!stored) return core::fail(Code::device_not_found);
    const auto actor = get_actor(*authority, stored->tracked.device);
    if (!actor) return std::unexpected(actor.error());
    return Subject{std::move(*stored), *actor, authority->name()};
}

core::Result<void> keep(store::Transaction& transaction, const Context& context,
                        const Subject& subject, const core::Transition& change) {
    auto saved = store::save_device(transaction, subject.stored.tracked, change.after);
    if (!saved) return saved;
    record_events(transaction, context, change.after.device.id, change.events);
    return {};
}

/// True when the removal was never tried and could be called off: the node is surely still there.
bool call_off_removal(store::Transaction& transaction, const Context& context,
                      const core::TrackedDevice& tracked) {
    if (!core::find_evidence(tracked.trust, core::EvidenceKind::network_connection)) return false;
    const core::Device& device = tracked.device;
    const auto jobs = store::list_jobs(transaction, device.id);
    const bool tried = std::ranges::any_of(jobs, [](const store::NetworkJob& job) {
        return job.state == "waiting" && job.attempts > 0;
    });
    const auto membership = store::find_membership(transaction, device.id);
    if (tried || !membership || !membership->node_id) return false;
    return store::cancel_untried_jobs(transaction, device.id, context.now) > 0;
}

core::Result<core::Transition> apply_trust_change(const Subject& subject, const Context& context,
                                                  const TrustChange& change) {
    const store::StoredDevice& stored = subject.stored;
    if (change.level) {
        return core::pin_trust(stored.tracked, subject.actor,
                               {*change.level, subject.by, change.reason, context.now},
                               policy_of(context, stored), context.now);
    }
    if (subject.actor != core::Actor::admin) return core::fail(Code::permission_denied);
    return core::reevaluate(stored.tracked, change.reason, policy_of(context, stored), context.now);
}

}  // namespace

core::Result<core::DeviceStatus> revoke_device(store::Transaction& transaction,
                                               const Context& context, const std::string& device_id,
                                               const std::optional<std::string>& reason) {
    const auto subject = get_subject(transaction, context, device_id);
    if (!subject) return std::unexpected(subject.error());
    const core::Transition change = core::revoke(subject->stored.tracked, {reason, subject->by},
                                                 policy_of(context, subject->stored), context.now);
    if (change.events.empty()) return change.after.device.status;
    if (auto kept = keep(transaction, context, *subject, change); !kept) {
        return std::unexpected(kept.error());
    }
    if (const auto place = store::find_membership(transaction, device_id)) {
        leave_place(transaction, context, change.after.device.organization_id, *place);
    }
    record_audit(transaction, context, change.after.device.organization_id, "device_revoked",
                 {{"device_id", device_id}, {"reason", reason ? *reason : std::string()}});
    return change.after.device.status;
}

core::Result<ReactivatedDevice> reactivate_device(store::Transaction& transaction,
                                                  const Context& context,
                                                  const std::string& device_id) {
    const auto subject = get_subject(transaction, context, device_id);
    if (!subject) return std::unexpected(subject.error());
    const core::Device& before = subject->stored.tracked.device;
    crypto::EnrollmentToken token = crypto::make_enrollment_token(context.random);
    core::Reactivation reactivation{subject->by, false, token.digest,
                                    context.now + context.rules.token_lifetime};
    // Only an admin's call may touch the jobs; core refuses the others below.
    if (subject->actor == core::Actor::admin && before.status == core::DeviceStatus::revoked) {
        reactivation.never_left_network =
            call_off_removal(transaction, context, subject->stored.tracked);
    }
    const auto change = core::reactivate(subject->stored.tracked, subject->actor, reactivation,
                                         policy_of(context, subject->stored), context.now);
    if (!change) return std::unexpected(change.error());
    if (auto kept = keep(transaction, context, *subject, *change); !kept) {
        return std::unexpected(kept.error());
    }
    // A node that is still to be removed must not vouch for the device that enrols anew.
    if (!reactivation.never_left_network) store::forget_membership(transaction, device_id);
    record_audit(transaction, context, before.organization_id, "device_reactivated",
                 {{"device_id", device_id}, {"to", to_text(change->after.device.status)}});
    ReactivatedDevice answer{change->after.device.status, std::nullopt};
    if (!reactivation.never_left_network) {
        answer.token =
            IssuedToken{device_id, std::move(token.text), reactivation.token_expires_at, false};
    }
    return answer;
}

core::Result<core::TrustLevel> set_trust_level(store::Transaction& transaction,
                                               const Context& context, const TrustChange& input) {
    const auto subject = get_subject(transaction, context, input.device_id);
    if (!subject) return std::unexpected(subject.error());
    const auto change = apply_trust_change(*subject, context, input);
    if (!change) return std::unexpected(change.error());
    if (auto kept = keep(transaction, context, *subject, *change); !kept) {
        return std::unexpected(kept.error());
    }
    const core::Device& device = change->after.device;
    record_audit(transaction, context, device.organization_id, "trust_level_set",
                 {{"device_id", device.id},
                  {"trust_level", input.level ? to_text(*input.level) : "derived"},
                  {"reason", input.reason}});
    return device.trust_level;
}

core::Result<void> delete_device(store::Transaction& transaction, const Context& context,
                                 const std::string& device_id) {
    const auto subject = get_subject(transaction, context, device_id);
    if (!subject) return std::unexpected(subject.error());
    act_for_caller(transaction, context);
    if (!store::delete_device(transaction, device_id)) return core::fail(Code::device_not_found);
    return {};
}

core::Result<DeviceView> show_device(store::Transaction& transaction, const Context& context,
                                     const std::string& device_id) {
    auto subject = get_subject(transaction, context, device_id);
    if (!subject) return std::unexpected(subject.error());
    core::TrackedDevice& tracked = subject->stored.tracked;
    DeviceView view;
    view.verdict = core::derive_trust(tracked.device.status, tracked.trust,
                                      policy_of(context, subject->stored), context.now);
    view.pinned = tracked.trust.pin.has_value();
    view.membership = store::find_membership(transaction, device_id);
    view.jobs = store::list_jobs(transaction, device_id);
    if (const auto owner = store::find_user(transaction, tracked.device.user_id)) {
        view.user_email = owner->email;
    }
    view.device = std::move(tracked.device);
    return view;
}

core::Result<std::vector<store::ListedDevice>> list_devices(store::Transaction& transaction,
                                                            const Context& context,
                                                            store::RosterFilter filter) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (!authority->is_global()) {
        const core::Profile& caller = *authority->profile;
        if (caller.role == core::Role::org_admin && caller.organization_id) {
            filter.organization_id = caller.organization_id;
        } else {
            filter.user_id = caller.user_id;
        }
    }
    return store::list_devices(transaction, filter);
}

}  // namespace muster::app
