// Rights first, then the source, then the device's one place on a network.
// SPDX-License-Identifier: Apache-2.0
#include "app/device_keys.hpp"

#include <boost/json/array.hpp>

#include "app/authority.hpp"
#include "app/history.hpp"
#include "app/leaving.hpp"
#include "app/network_connections.hpp"
#include "app/network_keys.hpp"
#include "store/devices.hpp"
#include "store/memberships.hpp"
#include "store/network_connections.hpp"

namespace muster::app {

namespace {

namespace json = boost::json;
using core::Code;

bool names_more(const DeviceKeyRequest& request) {
    return request.tags || request.group || request.connection_id;
}

/// Why it may have no key now; empty: it may.
std::optional<Code> find_hindrance(store::Transaction& transaction,
                                   const core::TrackedDevice& tracked) {
    if (tracked.device.status == core::DeviceStatus::revoked) return Code::device_revoked;
    const auto membership = store::find_membership(transaction, tracked.device.id);
    const bool is_shown =
        core::find_evidence(tracked.trust, core::EvidenceKind::network_connection) != nullptr;
    if (membership && membership->node_id && is_shown) return Code::device_not_pending;
    return std::nullopt;
}

/// Whom the key is for, with nothing but an organization where it is for nobody.
core::Result<core::Device> get_subject(store::Transaction& transaction, const Authority& authority,
                                       const DeviceKeyRequest& request) {
    if (!request.device_id) {
        core::Device nobody;
        if (authority.profile) nobody.organization_id = authority.profile->organization_id;
        const bool is_admin =
            authority.is_global() ||
            (nobody.organization_id && authority.administers(nobody.organization_id));
        if (!is_admin) return core::fail(Code::permission_denied);
        return nobody;
    }
    auto stored = store::find_device(transaction, *request.device_id);
    if (!stored) return core::fail(Code::device_not_found);
    core::Device& device = stored->tracked.device;
    const auto actor = get_actor(authority, device);
    if (!actor) return std::unexpected(actor.error());
    if (*actor != core::Actor::admin && names_more(request)) {
        return core::fail(Code::permission_denied);
    }
    if (const auto hindrance = find_hindrance(transaction, stored->tracked)) {
        return core::fail(*hindrance);
    }
    return std::move(device);
}

KeySource made_by(networks::Connector connector) {
    KeySource source;
    source.network = connector.settings.network;
    source.must_be_made = true;
    source.connector = std::move(connector);
    return source;
}

core::Result<KeySource> open_named(store::Transaction& transaction, const Context& context,
                                   const DeviceKeyRequest& request, const core::Device& subject) {
    auto connector = open_connection(transaction, context, *request.connection_id);
    if (!connector) return std::unexpected(connector.error());
    const auto connection = store::find_connection(transaction, connector->id);
    const bool is_anothers = !connection || connection->organization_id != subject.organization_id;
    if (request.device_id && is_anothers) return core::fail(Code::network_connection_not_found);
    return made_by(std::move(*connector));
}

core::Result<KeySource> choose_source(store::Transaction& transaction, const Context& context,
                                      const DeviceKeyRequest& request,
                                      const core::Device& subject) {
    if (request.connection_id) return open_named(transaction, context, request, subject);
    std::optional<store::NetworkConnection> tailscale;
    if (subject.organization_id) {
        tailscale = store::find_connection_to(transaction, *subject.organization_id, "tailscale");
    }
    if (tailscale) {
        auto connector = find_connector(transaction, context, tailscale->id);
        if (!connector) return core::fail(Code::network_not_configured);
        return made_by(std::move(*connector));
    }
    core::Device keyless = subject;
    keyless.tailscale_auth_key.reset();
    KeySource source = find_key_source(transaction, context, keyless);
    const bool is_there =
        source.must_be_made ? source.connector.has_value() : source.key.has_value();
    if (!is_there) return core::fail(Code::network_not_configured);
    return source;
}

/// The server's own network, or the static key for it.
bool is_shared(const Context& context, const KeySource& source) {
    if (source.must_be_made) return source.connector->id.empty();
    const auto& shared = context.rules.default_network_key;
    return shared && source.key->reveal() == shared->reveal();
}

/// Tags say what a node may reach: on a network that all organizations share, no single one's
/// admin says so.
core::Result<void> check_shared_network(const Context& context, const Authority& authority,
                                        const DeviceKeyRequest& request, const KeySource& source) {
    const bool is_harmless = request.device_id && !request.tags && !request.group;
    if (is_harmless || authority.is_global() || !is_shared(context, source)) return {};
    return core::fail(Code::permission_denied);
}

std::optional<std::string> connection_id_of(const DeviceKeyPlan& plan) {
    const bool is_known = plan.connector && !plan.connector->id.empty();
    return is_known ? std::optional(plan.connector->id) : std::nullopt;
}

store::Membership new_place(const Context& context, const DeviceKeyPlan& plan,
                            const NewDeviceKey& key) {
    store::Membership place;
    place.device_id = *plan.device_id;
    place.network = plan.network;
    place.connection_id = connection_id_of(plan);
    place.key_id = key.key_id;
    place.key_expires_at = key.expires_at;
    place.created_at = context.now;
    return place;
}

json::object key_details(const DeviceKeyPlan& plan, const NewDeviceKey& key) {
    json::object details{{"network", plan.network},
                         {"tags", json::array(plan.tags.begin(), plan.tags.end())},
                         {"group", nullptr},
                         {"expiresAt", nullptr}};
    if (plan.group) details["group"] = *plan.group;
    if (key.expires_at) details["expiresAt"] = core::to_json_text(*key.expires_at);
    return details;
}

void audit_key(store::Transaction& transaction, const Context& context, const DeviceKeyPlan& plan,
               const NewDeviceKey& key) {
    json::object details = key_details(plan, key);
    const auto connection_id = connection_id_of(plan);
    details["device_id"] = plan.device_id ? json::value(*plan.device_id) : json::value(nullptr);
    details["connection_id"] = connection_id ? json::value(*connection_id) : json::value(nullptr);
    details["key_id"] = key.key_id ? json::value(*key.key_id) : json::value(nullptr);
    record_audit(transaction, context, plan.organization_id, "tailscale_auth_key_generated",
                 std::move(details));
}

core::TrackedDevice with_key(const Context& context, const DeviceKeyPlan& plan,
                             const NewDeviceKey& key, core::TrackedDevice tracked) {
    core::Device& device = tracked.device;
    device.tailscale_auth_key = context.sealer.seal(key.secret, device_key_purpose);
    if (plan.has_own_tags) {
        device.metadata["tailscale_tags"] = json::array(plan.tags.begin(), plan.tags.end());
    }
    if (plan.group) device.metadata["tailscale_group"] = *plan.group;
    return tracked;
}

/// The refusal, if the device may have no key any more; else it has it.
std::optional<Code> give(store::Transaction& transaction, const Context& context,
                         const DeviceKeyPlan& plan, const NewDeviceKey& key) {
    const auto stored = store::find_device(transaction, *plan.device_id);
    if (!stored) return Code::device_not_found;
    if (const auto hindrance = find_hindrance(transaction, stored->tracked)) return hindrance;
    const auto saved = store::save_device(transaction, stored->tracked,
                                          with_key(context, plan, key, stored->tracked));
    if (!saved) return saved.error().code;
    const auto before = store::find_membership(transaction, *plan.device_id);
    if (before) leave_place(transaction, context, plan.organization_id, *before);
    if (plan.connector) {
        store::save_membership(transaction, new_place(context, plan, key));
    } else if (before) {
        store::forget_membership(transaction, *plan.device_id);
    }
    return std::nullopt;
}

}  // namespace

core::Result<DeviceKeyPlan> plan_device_key(store::Transaction& transaction, const Context& context,
                                            const DeviceKeyRequest& request) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    const auto subject = get_subject(transaction, *authority, request);
    if (!subject) return std::unexpected(subject.error());
    auto source = choose_source(transaction, context, request, *subject);
    if (!source) return std::unexpected(source.error());
    if (auto shared = check_shared_network(context, *authority, request, *source); !shared) {
        return std::unexpected(shared.error());
    }
    DeviceKeyPlan plan;
    plan.device_id = request.device_id;
    plan.organization_id = subject->organization_id;
    plan.hostname = subject->name;
    plan.network = std::move(source->network);
    plan.connector = std::move(source->connector);
    plan.static_key = std::move(source->key);
    plan.tags = std::move(source->tags);
    plan.group = request.group;
    const bool is_made = !plan.static_key.has_value();
    plan.has_own_tags = is_made && request.tags.has_value();
    if (plan.has_own_tags) plan.tags = *request.tags;
    return plan;
}

core::Result<std::optional<Code>> keep_device_key(store::Transaction& transaction,
                                                  const Context& context, const DeviceKeyPlan& plan,
                                                  const NewDeviceKey& key) {
    if (plan.device_id) {
        if (const auto refusal = give(transaction, context, plan, key)) {
            const store::Membership place = new_place(context, plan, key);
            leave_place(transaction, context, plan.organization_id, place);
            return refusal;
        }
        const core::DeviceEvent event{core::EventType::tailscale_auth_key_generated,
                                      key_details(plan, key)};
        record_events(transaction, context, *plan.device_id, {&event, 1});
    }
    audit_key(transaction, context, plan, key);
    return std::optional<Code>();
}

}  // namespace muster::app
