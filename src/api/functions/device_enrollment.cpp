// The eight actions: decode, one use case, encode. What must ask a network stands in
// enrollment_network.cpp.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/device_enrollment.hpp"

#include "api/functions/enrollment_input.hpp"
#include "api/functions/enrollment_network.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "app/devices.hpp"
#include "app/enrollment.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;
using core::Language;

std::string_view say(Language language, std::string_view english, std::string_view spanish) {
    return language == Language::spanish ? spanish : english;
}

app::NewDevice new_device(const EnrollmentInput& input, std::string_view default_name) {
    app::NewDevice device;
    device.device_name = input.device_name.value_or(std::string(default_name));
    device.device_type = input.device_type.value_or("laptop");
    device.os = input.os;
    device.network_key = input.network_key;
    return device;
}

json::object issued_answer(const app::IssuedToken& issued) {
    return {{"success", true},
            {"device_id", issued.device_id},
            {"enrollment_token", issued.token.reveal()},
            {"expires_at", core::to_json_text(issued.expires_at)},
            {"has_tailscale_key", issued.has_network_key}};
}

asio::awaitable<Answer> create_pending(Call& call, const EnrollmentInput& input) {
    app::NewDevice device = new_device(input, "Pending Device");
    device.user_id = input.user_id;
    device.organization_id = input.organization_id;
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::create_pending_device(transaction, context, device);
    };
    const auto issued = co_await call.services.store.write(work);
    if (!issued) co_return std::unexpected(issued.error());
    json::object body = issued_answer(*issued);
    body["message"] = say(call.language, "Pending device created. Share the token with its user.",
                          "Dispositivo pendiente creado. Entregue el código a su usuario.");
    co_return json_response(body);
}

asio::awaitable<Answer> generate(Call& call, const EnrollmentInput& input) {
    const app::NewDevice device = new_device(input, "New Device");
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::generate_token(transaction, context, device);
    };
    const auto issued = co_await call.services.store.write(work);
    if (!issued) co_return std::unexpected(issued.error());
    co_return json_response(issued_answer(*issued));
}

asio::awaitable<Answer> enroll(Call& call, const EnrollmentInput& input) {
    if (!input.fingerprint) co_return core::fail(Code::missing_field, "fingerprint");
    app::SilentEnrollment device;
    device.fingerprint = *input.fingerprint;
    device.device_name = input.device_name.value_or("Auto-enrolled Device");
    device.device_type = input.device_type.value_or("laptop");
    device.os = input.os;
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::enroll(transaction, context, device);
    };
    const auto enrolled = co_await call.services.store.write(work);
    if (!enrolled) co_return std::unexpected(enrolled.error());
    const std::string_view message =
        enrolled->already_enrolled
            ? say(call.language, "Device already enrolled", "El dispositivo ya estaba registrado")
            : say(call.language, "Device enrolled", "Dispositivo registrado");
    const json::object body{{"success", true},
                            {"device_id", enrolled->device_id},
                            {"status", to_text(enrolled->status)},
                            {"message", message}};
    co_return json_response(body);
}

asio::awaitable<Answer> revoke(Call& call, const EnrollmentInput& input) {
    if (!input.device_id) co_return core::fail(Code::missing_field, "device_id");
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::revoke_device(transaction, context, *input.device_id, input.reason);
    };
    const auto status = co_await call.services.store.write(work);
    if (!status) co_return std::unexpected(status.error());
    call.services.wake_outbox();
    const json::object body{{"success", true}, {"status", to_text(*status)}};
    co_return json_response(body);
}

asio::awaitable<Answer> reactivate(Call& call, const EnrollmentInput& input) {
    if (!input.device_id) co_return core::fail(Code::missing_field, "device_id");
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::reactivate_device(transaction, context, *input.device_id);
    };
    const auto device = co_await call.services.store.write(work);
    if (!device) co_return std::unexpected(device.error());
    json::object body{{"success", true}, {"status", to_text(device->status)}};
    if (device->token) {
        body["enrollment_token"] = device->token->token.reveal();
        body["expires_at"] = core::to_json_text(device->token->expires_at);
    }
    co_return json_response(body);
}

asio::awaitable<Answer> set_trust(Call& call, const EnrollmentInput& input) {
    if (!input.device_id) co_return core::fail(Code::missing_field, "device_id");
    if (!input.trust_level) co_return core::fail(Code::missing_field, "trust_level");
    if (!input.reason) co_return core::fail(Code::missing_field, "reason");
    app::TrustChange change;
    change.device_id = *input.device_id;
    change.level = core::parse_trust_level(*input.trust_level);
    change.reason = *input.reason;
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::set_trust_level(transaction, context, change);
    };
    const auto level = co_await call.services.store.write(work);
    if (!level) co_return std::unexpected(level.error());
    const json::object body{{"success", true}, {"trust_level", to_text(*level)}};
    co_return json_response(body);
}

struct Action {
    std::string_view name;
    Access access;
    asio::awaitable<Answer> (*run)(Call& call, const EnrollmentInput& input);
};

constexpr Action actions[] = {
    {"create_pending_device", Access::required, create_pending},
    {"generate_token", Access::required, generate},
    {"enroll", Access::required, enroll},
    {"verify", Access::optional, verify_token},
    {"check_tailscale_status", Access::optional, check_network_status},
    {"revoke", Access::required, revoke},
    {"reactivate", Access::required, reactivate},
    {"set_trust_level", Access::required, set_trust},
};

core::Result<const Action*> find_action(const json::object& body) {
    const json::value* const given = body.if_contains("action");
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

asio::awaitable<Answer> handle_device_enrollment(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto action = find_action(*body);
    if (!action) co_return std::unexpected(action.error());
    const bool anonymous = call.caller.kind == core::Caller::Kind::anonymous;
    if ((*action)->access == Access::required && anonymous) {
        co_return core::fail(Code::authorization_required);
    }
    const auto input = read_enrollment_input(*body);
    if (!input) co_return std::unexpected(input.error());
    co_return co_await (*action)->run(call, *input);
}

}  // namespace muster::api
