// One shape for organizations' connections and for the server's own.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/connection_json.hpp"

#include <boost/json/array.hpp>

#include "api/json_response.hpp"
#include "api/roster/network_connections.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;

/// A connection's own settings, as they were given.
json::value setting(const json::object& settings, std::string_view name) {
    const json::value* const value = settings.if_contains(name);
    return value ? *value : json::value(nullptr);
}

json::value webhook_url(const Call& call, std::string_view network, std::string_view id) {
    if (network != "tailscale") return nullptr;
    return json::string(call.services.public_url + "/webhooks/v1/tailscale/" + std::string(id));
}

void add_health(json::object& body, const networks::ApiHealth& health) {
    body["state"] = networks::to_text(health.state);
    body["last_error"] = text_unless_empty(health.last_error);
    const bool is_known = health.changed_at.time_since_epoch().count() != 0;
    body["state_changed_at"] = nullptr;
    if (!is_known) return;
    body["state_changed_at"] = core::to_json_text(
        std::chrono::time_point_cast<core::Timestamp::duration>(health.changed_at));
}

}  // namespace

json::object connection_json(const Call& call, const app::ConnectionView& view) {
    const store::NetworkConnection& connection = view.connection;
    const json::value tags = setting(connection.settings, "tags");
    json::object body{{"id", connection.id},
                      {"organization_id", text_or_null(connection.organization_id)},
                      {"name", connection.name},
                      {"network", connection.network},
                      {"base_url", text_unless_empty(connection.base_url)},
                      {"control_url", setting(connection.settings, "control_url")},
                      {"tailnet", setting(connection.settings, "tailnet")},
                      {"client_id", setting(connection.settings, "client_id")},
                      {"user", setting(connection.settings, "user")},
                      {"tags", tags.is_array() ? tags : json::value(json::array())},
                      {"pushes_trust", setting(connection.settings, "pushes_trust")},
                      {"is_default", connection.is_default},
                      {"has_webhook_secret", view.has_webhook_secret},
                      {"webhook_url", webhook_url(call, connection.network, connection.id)},
                      {"created_by", connection.created_by},
                      {"created_at", core::to_json_text(connection.created_at)},
                      {"updated_at", core::to_json_text(connection.updated_at)},
                      {"devices", view.devices},
                      {"waiting_jobs", view.waiting_jobs}};
    add_health(body, call.services.networks.health(connection.id));
    return body;
}

json::object own_network_json(const Call& call, const app::OwnNetwork& own) {
    const app::Rules& rules = call.services.rules;
    const auto known = call.services.settings_of(networks::Connector{});
    const networks::ConnectionSettings settings = known.value_or(networks::ConnectionSettings{});
    json::value pushes_trust(nullptr);
    if (settings.pushes_trust) pushes_trust = *settings.pushes_trust;
    json::object body{
        {"id", nullptr},
        {"organization_id", nullptr},
        {"name", own_connection_word},
        {"network", rules.default_network},
        {"base_url", text_unless_empty(settings.base_url)},
        {"control_url", text_unless_empty(settings.control_url)},
        {"tailnet", text_unless_empty(settings.tailnet)},
        {"client_id", text_unless_empty(settings.client_id)},
        {"user", text_unless_empty(settings.user)},
        {"tags", json::array(settings.tags.begin(), settings.tags.end())},
        {"pushes_trust", std::move(pushes_trust)},
        {"is_default", false},
        {"has_webhook_secret", !call.services.tailscale_webhook_secret.reveal().empty()},
        {"webhook_url", webhook_url(call, rules.default_network, own_connection_word)},
        {"created_by", nullptr},
        {"created_at", nullptr},
        {"updated_at", nullptr},
        {"devices", own.devices},
        {"waiting_jobs", own.waiting_jobs}};
    add_health(body, call.services.networks.health({}));
    return body;
}

json::object probe_json(const networks::Probe& probe) {
    return {{"description", probe.description},
            {"warnings", json::array(probe.warnings.begin(), probe.warnings.end())}};
}

}  // namespace muster::api
