// How devices come onto the roster.
// SPDX-License-Identifier: Apache-2.0
#include "app/enrollment.hpp"

#include <boost/json/array.hpp>

#include "app/authority.hpp"
#include "app/history.hpp"
#include "app/host_label.hpp"
#include "app/leaving.hpp"
#include "app/network_keys.hpp"
#include "app/policy.hpp"
#include "crypto/tokens.hpp"
#include "store/accounts.hpp"
#include "store/devices.hpp"
#include "store/memberships.hpp"

namespace muster::app {

namespace {

namespace json = boost::json;
using core::Code;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

/// Whose device it becomes. Fails as create_pending_device.
core::Result<core::Profile> get_owner(store::Transaction& transaction, const Authority& authority,
                                      const NewDevice& input) {
    if (!input.user_id || input.user_id == authority.user_id()) {
        if (authority.is_service()) return core::fail(Code::missing_field, "user_id");
        return *authority.profile;
    }
    auto owner = store::find_profile(transaction, *input.user_id);
    if (!owner && authority.is_global()) return core::fail(Code::user_not_found);
    if (!owner || !authority.administers(owner->organization_id)) {
        return core::fail(Code::permission_denied);
    }
    return std::move(*owner);
}

/// The owner's organisation, or the one asked for if the caller may choose it.
core::Result<std::optional<std::string>> get_organization(store::Transaction& transaction,
                                                          const Authority& authority,
                                                          const core::Profile& owner,
                                                          const NewDevice& input) {
    if (!input.organization_id || input.organization_id == owner.organization_id) {
        return owner.organization_id;
    }
    if (!authority.is_global()) return core::fail(Code::permission_denied);
    if (!store::find_organization(transaction, *input.organization_id)) {
        return core::fail(Code::organization_not_found);
    }
    return input.organization_id;
}

struct Issued {
    IssuedToken answer;
    core::Device device;
};

core::Result<Issued> issue_token(store::Transaction& transaction, const Context& context,
                                 const NewDevice& input) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    const auto owner = get_owner(transaction, *authority, input);
    if (!owner) return std::unexpected(owner.error());
    auto organization = get_organization(transaction, *authority, *owner, input);
    if (!organization) return std::unexpected(organization.error());

    crypto::EnrollmentToken token = crypto::make_enrollment_token(context.random);
    core::Device device;
    device.id = new_id(context);
    device.user_id = owner->user_id;
    device.organization_id = std::move(*organization);
    device.name = input.device_name;
    device.device_type = input.device_type;
    device.os = input.os;
    device.enrollment_token = token.digest;
    device.enrollment_expires_at = context.now + context.rules.token_lifetime;
    device.last_seen = context.now;
    device.created_at = context.now;
    if (input.network_key) {
        device.tailscale_auth_key = context.sealer.seal(*input.network_key, device_key_purpose);
    }
    const KeySource source = find_key_source(transaction, context, device);
    device.metadata = {{"created_by", authority->name()},
                       {"tailscale_tags", json::array(source.tags.begin(), source.tags.end())}};
    store::insert_device(transaction, {device, {}});
    return Issued{
        {device.id, std::move(token.text), *device.enrollment_expires_at, source.network != "none"},
        std::move(device)};
}

void audit_new_device(store::Transaction& transaction, const Context& context,
                      const core::Device& device) {
    record_audit(transaction, context, device.organization_id, "pending_device_created",
                 {{"device_id", device.id}, {"target_user_id", device.user_id}});
}

core::Device new_silent_device(const Context& context, const core::Profile& owner,
                               const SilentEnrollment& input) {
    core::Device device;
    device.id = new_id(context);
    device.user_id = owner.user_id;
    device.organization_id = owner.organization_id;
    device.name = input.device_name;
    device.device_type = input.device_type;
    device.os = input.os;
    device.fingerprint = input.fingerprint;
    device.created_at = context.now;
    device.metadata = {{"created_by", owner.user_id}};
    return device;
}

core::Result<EnrolledDevice> greet_known_device(store::Transaction& transaction,
                                                const Context& context, const core::Profile& caller,
                                                const store::StoredDevice& known) {
    const core::Device& device = known.tracked.device;
    if (device.user_id != caller.user_id) return core::fail(Code::fingerprint_in_use);
    const auto seen = core::see(known.tracked, policy_of(context, known), context.now);
    if (!seen) return std::unexpected(seen.error());
    const auto saved = store::save_device(transaction, known.tracked, seen->after);
    if (!saved) return std::unexpected(saved.error());
    record_events(transaction, context, device.id, seen->events);
    return EnrolledDevice{device.id, seen->after.device.status, true};
}

/// The bearer of a token may be nobody in particular, but not somebody else.
core::Result<void> check_bearer(store::Transaction& transaction, const Context& context,
                                const core::Device& device) {
    if (context.caller.kind == core::Caller::Kind::anonymous) return {};
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (!get_actor(*authority, device)) return core::fail(Code::permission_denied);
    return {};
}

core::Result<void> check_fingerprint_is_free(store::Transaction& transaction,
                                             const core::TokenValidation& facts,
                                             const core::Device& device) {
    if (!facts.fingerprint || facts.fingerprint == device.fingerprint) return {};
    const auto other = store::find_device_by_fingerprint(transaction, *facts.fingerprint);
    if (other && other->tracked.device.id != device.id) {
        return core::fail(Code::fingerprint_in_use);
    }
    return {};
}

VerifiedDevice to_answer(store::Transaction& transaction, const core::Device& device,
                         KeySource source) {
    VerifiedDevice answer;
    answer.device_id = device.id;
    answer.device_name = device.name;
    if (device.organization_id) {
        const auto organization = store::find_organization(transaction, *device.organization_id);
        if (organization) answer.organization_name = organization->name;
    }
    answer.expires_at = device.enrollment_expires_at.value_or(core::Timestamp{});
    answer.network = std::move(source.network);
    if (source.connector) answer.network_url = networks::login_url(source.connector->settings);
    answer.network_key = std::move(source.key);
    answer.tags = std::move(source.tags);
    answer.needs_key = source.must_be_made;
    answer.connector = std::move(source.connector);
    const auto* const group = device.metadata.if_contains("tailscale_group");
    if (group && group->is_string()) answer.group = std::string(group->get_string());
    return answer;
}

std::optional<std::string> announced_by(const Verification& input) {
    if (input.hostname) return to_label(*input.hostname);
    return input.facts.device_name ? to_label(*input.facts.device_name) : std::nullopt;
}

std::optional<std::string> connection_id_of(const std::optional<networks::Connector>& connector) {
    return connector && !connector->id.empty() ? std::optional(connector->id) : std::nullopt;
}

/// With a key that others use, too, the device will be known by its host name alone; so will it on
/// a network that does not tell which key a node has used.
void await_node(store::Transaction& transaction, const Context& context,
                const VerifiedDevice& verified) {
    if (!verified.network_key || !verified.connector) return;
    if (auto known = store::find_membership(transaction, verified.device_id)) {
        if (known->node_id || known->announced_hostname) return;
        known->announced_hostname = verified.announced_hostname;
        store::save_membership(transaction, *known);
        return;
    }
    store::Membership membership;
    membership.device_id = verified.device_id;
    membership.network = verified.network;
    membership.connection_id = connection_id_of(verified.connector);
    membership.announced_hostname = verified.announced_hostname;
    membership.created_at = context.now;
    store::save_membership(transaction, membership);
}

/// The device has a key already, or needs none any more: the new one must not stay usable.
std::optional<base::Secret<std::string>> drop_later_key(store::Transaction& transaction,
                                                        const Context& context,
                                                        const VerifiedDevice& verified,
                                                        const MadeKey& key) {
    store::Membership place;
    place.device_id = verified.device_id;
    place.network = key.network;
    place.connection_id = connection_id_of(verified.connector);
    place.key_id = key.key_id;
    leave_place(transaction, context, std::nullopt, place);
    const auto stored = store::find_device(transaction, verified.device_id);
    if (!stored || stored->tracked.device.status != core::DeviceStatus::pending) return {};
    return find_key_source(transaction, context, stored->tracked.device).key;
}

}  // namespace

core::Result<IssuedToken> create_pending_device(store::Transaction& transaction,
                                                const Context& context, const NewDevice& input) {
    auto issued = issue_token(transaction, context, input);
    if (!issued) return std::unexpected(issued.error());
    const core::Device& device = issued->device;
    const core::DeviceEvent event{core::EventType::pending_device_created,
                                  {{"created_by", device.metadata.at("created_by")},
                                   {"device_type", device.device_type},
                                   {"os", text_or_null(device.os)}}};
    record_events(transaction, context, device.id, {&event, 1});
    audit_new_device(transaction, context, device);
    return std::move(issued->answer);
}

core::Result<IssuedToken> generate_token(store::Transaction& transaction, const Context& context,
                                         const NewDevice& input) {
    if (context.caller.kind == core::Caller::Kind::service) {
        return core::fail(Code::permission_denied);
    }
    auto issued = issue_token(transaction, context, input);
    if (!issued) return std::unexpected(issued.error());
    const core::Device& device = issued->device;
    const core::DeviceEvent event{core::EventType::enrollment_initiated,
                                  {{"method", "qr_code"},
                                   {"device_type", device.device_type},
                                   {"os", text_or_null(device.os)}}};
    record_events(transaction, context, device.id, {&event, 1});
    audit_new_device(transaction, context, device);
    return std::move(issued->answer);
}

core::Result<EnrolledDevice> enroll(store::Transaction& transaction, const Context& context,
                                    const SilentEnrollment& input) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (authority->is_service()) return core::fail(Code::permission_denied);
    const core::Profile& caller = *authority->profile;
    const auto known = store::find_device_by_fingerprint(transaction, input.fingerprint);
    if (known) return greet_known_device(transaction, context, caller, *known);

    const core::Device device = new_silent_device(context, caller, input);
    const core::Transition enrolled = core::enroll_silently(device, {}, context.now);
    store::insert_device(transaction, enrolled.after);
    record_events(transaction, context, device.id, enrolled.events);
    record_audit(transaction, context, device.organization_id, "device_enrolled",
                 {{"device_id", device.id}, {"method", "silent"}});
    return EnrolledDevice{device.id, enrolled.after.device.status, false};
}

core::Result<VerifiedDevice> verify(store::Transaction& transaction, const Context& context,
                                    const Verification& input) {
    const std::string digest = crypto::token_digest(input.token.reveal());
    const auto known = store::find_device_by_token(transaction, digest);
    if (!known) return core::fail(Code::invalid_token);
    const core::Device& before = known->tracked.device;
    if (auto bearer = check_bearer(transaction, context, before); !bearer) {
        return std::unexpected(bearer.error());
    }
    KeySource source = find_key_source(transaction, context, before);
    core::TokenValidation facts = input.facts;
    facts.has_network_key = source.network != "none";
    const auto validated =
        core::validate_token(known->tracked, facts, policy_of(context, *known), context.now);
    if (!validated) return std::unexpected(validated.error());
    if (auto free = check_fingerprint_is_free(transaction, facts, before); !free) {
        return std::unexpected(free.error());
    }
    if (!validated->events.empty()) {
        if (!store::save_device(transaction, known->tracked, validated->after)) {
            return core::fail(Code::token_bound);  // another call was quicker
        }
        record_events(transaction, context, before.id, validated->events);
    }
    VerifiedDevice verified = to_answer(transaction, validated->after.device, std::move(source));
    verified.announced_hostname = announced_by(input);
    await_node(transaction, context, verified);
    return verified;
}

core::Result<std::optional<base::Secret<std::string>>> keep_network_key(
    store::Transaction& transaction, const Context& context, const VerifiedDevice& verified,
    const MadeKey& key) {
    const std::string sealed = context.sealer.seal(key.secret, device_key_purpose);
    if (!store::save_network_key(transaction, verified.device_id, sealed)) {
        return drop_later_key(transaction, context, verified, key);
    }
    store::Membership membership;
    membership.device_id = verified.device_id;
    membership.network = key.network;
    membership.connection_id = connection_id_of(verified.connector);
    membership.announced_hostname = verified.announced_hostname;
    membership.key_id = key.key_id;
    membership.key_expires_at = key.expires_at;
    membership.created_at = context.now;
    store::save_membership(transaction, membership);
    const core::DeviceEvent event{
        core::EventType::tailscale_auth_key_generated,
        {{"network", key.network},
         {"tags", json::array(verified.tags.begin(), verified.tags.end())},
         {"group", text_or_null(verified.group)},
         {"expiresAt", core::to_json_text(key.expires_at)}}};
    record_events(transaction, context, verified.device_id, {&event, 1});
    return std::optional(key.secret);
}

}  // namespace muster::app
