// Decode, one use case and the network, encode.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/tailscale_api.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "api/fields.hpp"
#include "api/functions/network_check.hpp"
#include "api/functions/tailscale_devices.hpp"
#include "api/functions/tailscale_keys.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "api/network_access.hpp"
#include "api/roster/connection_input.hpp"
#include "app/device_networks.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;
using core::Language;

constexpr TextLimits group_limits{1, 100};

std::string_view say(Language language, std::string_view english, std::string_view spanish) {
    return language == Language::spanish ? spanish : english;
}

/// The body's members, and those of the query that the body lacks.
core::Result<json::object> read_input(const net::Request& request) {
    core::Result<json::object> input = json::object();
    if (!request.body.empty()) input = parse_json_body(request.body);
    if (!input) return input;
    const auto parameters = request.query_parameters();
    if (!parameters) {
        return core::fail(Code::invalid_characters, "query", "percent-encoded text");
    }
    for (const auto& [name, value] : *parameters) {
        const json::value* const given = input->if_contains(name);
        if (!given || given->is_null()) (*input)[name] = value;
    }
    return input;
}

asio::awaitable<core::Result<networks::Connector>> choose(Call& call, const json::object& input) {
    const auto id = read_uuid(input, "connection_id");
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::choose_device_network(transaction, context, *id);
    };
    co_return co_await call.services.store.read(work);
}

asio::awaitable<core::Result<std::vector<networks::Node>>> list_nodes(Call& call,
                                                                      const json::object& input) {
    auto connector = co_await choose(call, input);
    if (!connector) co_return std::unexpected(connector.error());
    co_return co_await list_network_nodes(call, std::move(*connector));
}

asio::awaitable<Answer> list_devices(Call& call, const json::object& input) {
    const auto nodes = co_await list_nodes(call, input);
    if (!nodes) co_return std::unexpected(nodes.error());
    json::array devices;
    for (const networks::Node& node : *nodes) devices.push_back(tailscale_device_json(node));
    const json::object body{{"success", true}, {"devices", std::move(devices)}};
    co_return json_response(body);
}

std::string absence_message(Language language, int candidates) {
    if (candidates == 0) {
        return std::string(say(language, "The network has no device of this name or address.",
                               "La red no tiene ningún dispositivo con ese nombre o dirección."));
    }
    return fmt::format(
        fmt::runtime(say(language, "{} devices have this name: use the full name or an address.",
                         "{} dispositivos tienen ese nombre: use el nombre completo o una "
                         "dirección.")),
        candidates);
}

asio::awaitable<Answer> check_device(Call& call, const json::object& input) {
    const auto identifier = require(read_text(input, "identifier", hostname_limits), "identifier");
    if (!identifier) co_return std::unexpected(identifier.error());
    const auto nodes = co_await list_nodes(call, input);
    if (!nodes) co_return std::unexpected(nodes.error());
    const NamedDevice found = find_named_device(*identifier, *nodes);
    json::object body{{"success", true}, {"found", found.node != nullptr}, {"online", false}};
    if (found.node) {
        body["online"] = found.node->sighting.online;
        body["device"] = tailscale_device_json(*found.node);
    } else {
        body["message"] = absence_message(call.language, found.candidates);
    }
    co_return json_response(body);
}

asio::awaitable<Answer> generate_auth_key(Call& call, const json::object& input) {
    app::DeviceKeyRequest request;
    auto device = read_uuid(input, "deviceId");
    if (!device) co_return std::unexpected(device.error());
    auto connection = read_uuid(input, "connection_id");
    if (!connection) co_return std::unexpected(connection.error());
    auto tags = read_tags(input, "tags");
    if (!tags) co_return std::unexpected(tags.error());
    auto group = read_text(input, "group", group_limits);
    if (!group) co_return std::unexpected(group.error());
    request.device_id = std::move(*device);
    request.connection_id = std::move(*connection);
    request.tags = std::move(*tags);
    request.group = std::move(*group);
    co_return co_await give_device_key(call, std::move(request));
}

std::string disconnection_message(Language language, const NetworkCheck& check) {
    if (check.network_error) return core::message_of(core::Error{*check.network_error}, language);
    if (check.status == core::DeviceStatus::revoked) {
        return core::message_of(core::Error{Code::device_revoked}, language);
    }
    return std::string(say(language, "The device is not on its network yet.",
                           "El dispositivo aún no está en su red."));
}

asio::awaitable<Answer> validate_enrollment(Call& call, const json::object& input) {
    auto device = require(read_uuid(input, "deviceId"), "deviceId");
    if (!device) co_return std::unexpected(device.error());
    auto hostname = read_text(input, "hostname", hostname_limits);
    if (!hostname) co_return std::unexpected(hostname.error());
    app::ConnectionQuery query;
    query.device_id = std::move(*device);
    query.hostname = std::move(*hostname);
    const auto check = co_await check_network(call, std::move(query));
    if (!check) co_return std::unexpected(check.error());
    json::object body{{"success", true}, {"enrolled", check->is_connected}};
    if (check->node) {
        body["device"] = tailscale_device_json(*check->node);
    } else {
        body["message"] = disconnection_message(call.language, *check);
    }
    co_return json_response(body);
}

asio::awaitable<Answer> sync_devices(Call& call, const json::object& input) {
    auto connector = co_await choose(call, input);
    if (!connector) co_return std::unexpected(connector.error());
    const auto compared = co_await call.services.compare(std::move(*connector));
    if (!compared) co_return std::unexpected(compared.error());
    const json::object body{{"success", true},
                            {"synced", compared->devices},
                            {"totalTailscaleDevices", compared->nodes}};
    co_return json_response(body);
}

struct Action {
    std::string_view name;
    bool may_get;  ///< it changes nothing
    asio::awaitable<Answer> (*run)(Call& call, const json::object& input);
};

constexpr Action actions[] = {
    {"list-devices", true, list_devices},
    {"check-device", true, check_device},
    {"generate-auth-key", false, generate_auth_key},
    {"validate-enrollment", false, validate_enrollment},
    {"sync-devices", false, sync_devices},
};

core::Result<const Action*> find_action(const json::object& input) {
    const json::value* const given = input.if_contains("action");
    if (given && !given->is_null() && !given->is_string()) {
        return core::fail(Code::invalid_type, "action", "a string");
    }
    std::string known;
    for (const Action& action : actions) {
        if (given && given->is_string() && given->get_string() == action.name) return &action;
        known += (known.empty() ? "" : ", ") + std::string(action.name);
    }
    return core::fail(Code::invalid_action, "action", known);
}

}  // namespace

asio::awaitable<Answer> handle_tailscale_api(Call& call) {
    const auto input = read_input(call.request);
    if (!input) co_return std::unexpected(input.error());
    const auto action = find_action(*input);
    if (!action) co_return std::unexpected(action.error());
    if (call.request.method != "POST" && !(*action)->may_get) {
        co_return core::fail(Code::method_not_allowed, "action", "POST");
    }
    co_return co_await (*action)->run(call, *input);
}

}  // namespace muster::api
