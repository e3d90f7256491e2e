// The state machine of a device. Each function changes a copy and says what happened.
// SPDX-License-Identifier: Apache-2.0
#include "core/lifecycle.hpp"

#include <algorithm>
#include <utility>

namespace muster::core {

namespace {

namespace json = boost::json;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::value time_or_null(const std::optional<Timestamp>& at) {
    return at ? json::value(to_json_text(*at)) : json::value(nullptr);
}

json::array to_json(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& text : texts) array.emplace_back(text);
    return array;
}

/// Sets the level to what the record supports; a change leaves its one event.
void apply_trust(Transition& change, std::string_view because, const TrustPolicy& policy,
                 Timestamp now, json::object more = {}) {
    Device& device = change.after.device;
    const TrustLevel level = derive_trust(device.status, change.after.trust, policy, now).level;
    if (level == device.trust_level) return;
    json::object details{
        {"from", to_text(device.trust_level)}, {"to", to_text(level)}, {"because", because}};
    for (auto& [key, value] : more) details[key] = std::move(value);
    device.trust_level = level;
    change.events.push_back({EventType::trust_level_changed, std::move(details)});
}

void clear_secrets(Device& device) {
    device.enrollment_token.reset();
    device.tailscale_auth_key.reset();
}

/// What the device says of itself: kept where nobody has said better.
void take_facts(Device& device, const TokenValidation& facts) {
    const bool unnamed = device.name == "Pending Device" || device.name == "New Device";
    if (facts.device_name && unnamed) device.name = *facts.device_name;
    if (facts.device_type) device.device_type = *facts.device_type;
    if (facts.os && !device.os) device.os = facts.os;
}

json::object sighting_details(const NodeSighting& node) {
    return {{"network", node.network},
            {"tailscale_device_id", node.node_id},
            {"hostname", node.hostname},
            {"ip", node.ip}};
}

void take_sighting(Device& device, const NodeSighting& node, Timestamp now) {
    // A node that is there but offline was last seen when the network says, not now.
    if (node.online)
        device.last_seen = now;
    else if (node.last_seen)
        device.last_seen = std::max(device.last_seen, node.last_seen);
    device.tailscale_device_id = node.node_id;
    device.tailscale_hostname = node.hostname;
    device.tailscale_ip = node.ip;
    device.metadata["tailscale_online"] = node.online;
    device.metadata["tailscale_last_seen"] = time_or_null(device.last_seen);
    if (!node.tags.empty()) device.metadata["tailscale_tags"] = to_json(node.tags);
}

}  // namespace

Result<Transition> validate_token(TrackedDevice before, const TokenValidation& facts,
                                  const TrustPolicy& policy, Timestamp now) {
    const Device& known = before.device;
    if (known.status != DeviceStatus::pending || !known.enrollment_token) {
        return fail(Code::invalid_token);
    }
    if (!known.enrollment_expires_at || now >= *known.enrollment_expires_at) {
        return fail(Code::token_expired);
    }
    if (known.fingerprint && known.fingerprint != facts.fingerprint) {
        return fail(Code::token_bound);
    }
    const bool repeated =
        known.metadata.contains("token_validated_at") && known.fingerprint == facts.fingerprint;
    Transition change{std::move(before), {}};
    if (repeated) return change;

    Device& device = change.after.device;
    take_facts(device, facts);
    device.metadata["token_validated_at"] = to_json_text(now);
    device.last_seen = now;
    change.events.push_back(
        {EventType::token_validated,
         {{"device_type", device.device_type}, {"has_tailscale_key", facts.has_network_key}}});
    if (facts.fingerprint) {
        device.fingerprint = facts.fingerprint;
        record_evidence(change.after.trust,
                        {EvidenceKind::fingerprint, Provenance::claimed, now, "verify"});
        apply_trust(change, "fingerprint verified", policy, now);
    }
    return change;
}

Transition enroll_silently(Device device, const TrustPolicy& policy, Timestamp now) {
    Transition change{{std::move(device), {}}, {}};
    Device& enrolled = change.after.device;
    enrolled.status = DeviceStatus::active;
    enrolled.enrolled_at = now;
    enrolled.last_seen = now;
    record_evidence(change.after.trust,
                    {EvidenceKind::fingerprint, Provenance::claimed, now, "enroll"});
    enrolled.trust_level = derive_trust(enrolled.status, change.after.trust, policy, now).level;
    change.events.push_back(
        {EventType::enrolled, {{"method", "silent"}, {"os", text_or_null(enrolled.os)}}});
    return change;
}

Result<Transition> connect(TrackedDevice before, const NodeSighting& node,
                           const TrustPolicy& policy, Timestamp now) {
    if (before.device.status == DeviceStatus::revoked) return fail(Code::device_revoked);
    Transition change{std::move(before), {}};
    Device& device = change.after.device;
    const bool known_node =
        find_evidence(change.after.trust, EvidenceKind::network_connection) != nullptr;
    const DeviceStatus was = device.status;

    take_sighting(device, node, now);
    const Timestamp seen = device.last_seen.value_or(device.created_at);
    record_evidence(change.after.trust,
                    {EvidenceKind::network_connection, Provenance::seen, seen, node.network});
    const bool fresh = now - seen <= policy.inactive_after;
    if (was == DeviceStatus::pending || fresh) device.status = DeviceStatus::active;
    if (was == DeviceStatus::pending) {
        device.enrolled_at = now;
        clear_secrets(device);
    }
    if (was == DeviceStatus::inactive && device.status == DeviceStatus::active) {
        change.events.push_back({EventType::device_active, {{"from", to_text(was)}}});
    }
    apply_trust(change, "network connection confirmed", policy, now);
    if (!known_node || was == DeviceStatus::pending) {
        json::object details = sighting_details(node);
        details["tags"] = to_json(node.tags);
        details["group"] = text_or_null(node.group);
        change.events.push_back({EventType::tailscale_connected, std::move(details)});
    }
    if (was == DeviceStatus::pending) {
        change.events.push_back({EventType::tailscale_enrollment_complete, sighting_details(node)});
    }
    return change;
}

Transition lose_network(TrackedDevice before, std::string_view network, const TrustPolicy& policy,
                        Timestamp now) {
    Transition change{std::move(before), {}};
    if (!drop_evidence(change.after.trust, EvidenceKind::network_connection)) return change;
    Device& device = change.after.device;
    json::object details{{"network", network},
                         {"node_id", text_or_null(device.tailscale_device_id)}};
    device.tailscale_device_id.reset();
    device.tailscale_ip.reset();
    device.tailscale_hostname.reset();
    device.metadata["tailscale_online"] = false;
    change.events.push_back({EventType::network_left, std::move(details)});
    apply_trust(change, "no longer on the network", policy, now);
    return change;
}

Result<Transition> see(TrackedDevice before, const TrustPolicy& policy, Timestamp now) {
    if (before.device.status == DeviceStatus::revoked) return fail(Code::device_revoked);
    Transition change{std::move(before), {}};
    Device& device = change.after.device;
    device.last_seen = now;
    if (device.status == DeviceStatus::inactive) {
        device.status = DeviceStatus::active;
        change.events.push_back({EventType::device_active, {{"from", "inactive"}}});
        apply_trust(change, "seen again", policy, now);
    }
    return change;
}

Transition fall_silent(TrackedDevice before, const TrustPolicy& policy, Timestamp now) {
    Transition change{std::move(before), {}};
    Device& device = change.after.device;
    const Timestamp seen = device.last_seen.value_or(device.created_at);
    if (device.status != DeviceStatus::active || now - seen <= policy.inactive_after) {
        return change;
    }
    device.status = DeviceStatus::inactive;
    change.events.push_back(
        {EventType::device_inactive, {{"last_seen", time_or_null(device.last_seen)}}});
    apply_trust(change, "not seen for the organization's limit", policy, now);
    return change;
}

Transition expire_token(TrackedDevice before, Timestamp now) {
    Transition change{std::move(before), {}};
    Device& device = change.after.device;
    const bool over = device.enrollment_token && device.enrollment_expires_at &&
                      now >= *device.enrollment_expires_at;
    if (device.status != DeviceStatus::pending || !over) return change;
    clear_secrets(device);
    change.events.push_back(
        {EventType::token_expired, {{"expired_at", time_or_null(device.enrollment_expires_at)}}});
    return change;
}

Transition revoke(TrackedDevice before, const Revocation& revocation, const TrustPolicy& policy,
                  Timestamp now) {
    Transition change{std::move(before), {}};
    Device& device = change.after.device;
    if (device.status == DeviceStatus::revoked) return change;
    change.events.push_back({EventType::device_revoked,
                             {{"from", to_text(device.status)},
                              {"reason", text_or_null(revocation.reason)},
                              {"by", revocation.by}}});
    device.status = DeviceStatus::revoked;
    clear_secrets(device);
    change.after.trust.pin.reset();
    apply_trust(change, "revoked", policy, now);
    return change;
}

Result<Transition> reactivate(TrackedDevice before, Actor actor, const Reactivation& reactivation,
                              const TrustPolicy& policy, Timestamp now) {
    if (actor != Actor::admin) return fail(Code::permission_denied);
    if (before.device.status != DeviceStatus::revoked) return fail(Code::device_not_revoked);
    Transition change{std::move(before), {}};
    Device& device = change.after.device;
    if (reactivation.never_left_network) {
        device.status = DeviceStatus::active;
    } else {
        // It enrols anew, perhaps on a reinstalled system: nothing of the old proof carries over.
        device.status = DeviceStatus::pending;
        device.enrollment_token = reactivation.token_digest;
        device.enrollment_expires_at = reactivation.token_expires_at;
        device.fingerprint.reset();
        device.tailscale_device_id.reset();
        device.tailscale_hostname.reset();
        device.tailscale_ip.reset();
        device.metadata.erase("token_validated_at");
        change.after.trust.evidence.clear();
    }
    change.events.push_back(
        {EventType::device_reactivated, {{"to", to_text(device.status)}, {"by", reactivation.by}}});
    apply_trust(change, "reactivated", policy, now);
    return change;
}

Result<Transition> pin_trust(TrackedDevice before, Actor actor, TrustPin pin,
                             const TrustPolicy& policy, Timestamp now) {
    if (actor != Actor::admin) return fail(Code::permission_denied);
    if (before.device.status == DeviceStatus::revoked) return fail(Code::device_revoked);
    Transition change{std::move(before), {}};
    json::object more{{"reason", pin.reason}, {"by", pin.pinned_by}};
    change.after.trust.pin = std::move(pin);
    apply_trust(change, "set by an administrator", policy, now, std::move(more));
    return change;
}

Transition reevaluate(TrackedDevice before, std::string because, const TrustPolicy& policy,
                      Timestamp now) {
    Transition change{std::move(before), {}};
    change.after.trust.pin.reset();
    apply_trust(change, because, policy, now);
    return change;
}

}  // namespace muster::core
