// Transaction, network, transaction.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/enrollment_network.hpp"

#include <boost/json/array.hpp>

#include "api/functions/network_check.hpp"
#include "api/functions/token_attempt.hpp"
#include "api/json_response.hpp"
#include "api/network_access.hpp"
#include "app/enrollment.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

json::object verified_answer(const app::VerifiedDevice& device) {
    json::value key(nullptr);
    if (device.network_key) key = device.network_key->reveal();
    return {{"success", true},
            {"device_id", device.device_id},
            {"device_name", device.device_name},
            {"organization_name", text_or_null(device.organization_name)},
            {"tailscale_auth_key", std::move(key)},
            {"tailscale_tags", json::array(device.tags.begin(), device.tags.end())},
            {"tailscale_group", text_or_null(device.group)},
            {"expires_at", core::to_json_text(device.expires_at)},
            {"network", device.network},
            {"network_url", text_or_null(device.network_url)}};
}

/// Asks the network for a key and keeps it. Fails: network_unreachable, invalid_token (no longer
/// pending). The token stays bound to its device, which may ask again.
asio::awaitable<core::Result<void>> make_key(Call& call, app::VerifiedDevice& device) {
    if (!device.connector) co_return core::fail(Code::network_not_configured);
    const auto network = call.services.networks.get(*device.connector);
    if (!network) co_return core::fail(Code::network_not_configured);
    networks::KeyRequest request;
    request.device_id = device.device_id;
    request.hostname = device.announced_hostname.value_or(device.device_name);
    request.tags = device.tags;
    auto made = co_await network->create_key(std::move(request), network_deadline(call));
    count_network_call(call, *network, "create_key", made.has_value());
    if (!made) co_return std::unexpected(made.error());
    const app::MadeKey key{std::string(network->name()), made->id, made->secret, made->expires_at};
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::keep_network_key(transaction, context, device, key);
    };
    auto kept = co_await call.services.store.write(work);
    if (!kept) co_return std::unexpected(kept.error());
    if (!*kept) co_return core::fail(Code::invalid_token);
    device.network_key = std::move(*kept);
    co_return core::Result<void>{};
}

}  // namespace

asio::awaitable<Answer> verify_token(Call& call, const EnrollmentInput& input) {
    if (!input.enrollment_token) co_return core::fail(Code::missing_field, "enrollment_token");
    app::Verification verification;
    verification.token = *input.enrollment_token;
    verification.facts.fingerprint = input.fingerprint;
    verification.facts.device_name = input.device_name;
    verification.facts.device_type = input.device_type;
    verification.facts.os = input.os;
    verification.hostname = input.hostname;
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::verify(transaction, context, verification);
    };
    TokenAttempt attempt(call);
    if (auto allowed = attempt.begin(); !allowed) co_return std::unexpected(allowed.error());
    auto device = co_await call.services.store.write(work);
    if (!device) {
        const core::Error refusal = co_await attempt.settle(device.error());
        co_return std::unexpected(refusal);
    }
    if (device->needs_key) {
        const auto made = co_await make_key(call, *device);
        if (!made) co_return std::unexpected(made.error());
    }
    co_return json_response(verified_answer(*device));
}

asio::awaitable<Answer> check_network_status(Call& call, const EnrollmentInput& input) {
    app::ConnectionQuery query;
    query.device_id = input.device_id;
    query.enrollment_token = input.enrollment_token;
    query.hostname = input.hostname;
    const auto check = co_await check_network(call, std::move(query));
    if (!check) co_return std::unexpected(check.error());
    json::object body{{"success", true},
                      {"status", to_text(check->status)},
                      {"tailscale_connected", check->is_connected}};
    if (check->network_error) body["network_error"] = core::word_of(*check->network_error);
    if (check->is_connected) {
        body["tailscale_hostname"] = check->hostname;
        body["tailscale_ip"] = check->ip;
    }
    co_return json_response(body);
}

}  // namespace muster::api
