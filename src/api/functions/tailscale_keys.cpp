// Keys for devices, and for nobody in particular.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/tailscale_keys.hpp"

#include "api/json_response.hpp"
#include "api/network_access.hpp"
#include "base/random.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

asio::awaitable<core::Result<app::NewDeviceKey>> make_key(Call& call, app::DeviceKeyPlan plan) {
    app::NewDeviceKey key;
    if (plan.static_key) {
        key.secret = std::move(*plan.static_key);
        co_return key;
    }
    const auto network = open_network(call, *plan.connector);
    if (!network) co_return std::unexpected(network.error());
    networks::KeyRequest request;
    // Connectors find lost keys by this id: one that is nobody's must not look like another's.
    request.device_id =
        plan.device_id.value_or(base::make_uuid(call.services.random, call.services.clock.now()));
    request.hostname = plan.hostname;
    request.tags = plan.tags;
    auto made = co_await (*network)->create_key(std::move(request), network_deadline(call));
    count_network_call(call, **network, "create_key", made.has_value());
    if (!made) co_return std::unexpected(made.error());
    key.key_id = std::move(made->id);
    key.secret = std::move(made->secret);
    key.expires_at = made->expires_at;
    co_return key;
}

}  // namespace

asio::awaitable<Answer> give_device_key(Call& call, app::DeviceKeyRequest request) {
    const app::Context context = call.context();
    auto decide = [&](store::Transaction& transaction) {
        return app::plan_device_key(transaction, context, request);
    };
    const auto plan = co_await call.services.store.read(decide);
    if (!plan) co_return std::unexpected(plan.error());
    const auto key = co_await make_key(call, *plan);
    if (!key) co_return std::unexpected(key.error());
    const app::Context later = call.context();
    auto keep = [&](store::Transaction& transaction) {
        return app::keep_device_key(transaction, later, *plan, *key);
    };
    const auto refusal = co_await call.services.store.write(keep);
    if (!refusal) co_return std::unexpected(refusal.error());
    call.services.wake_outbox();
    if (*refusal) co_return core::fail(**refusal);
    const json::object body{{"success", true},
                            {"authKey", key->secret.reveal()},
                            {"expiresAt", time_or_null(key->expires_at)}};
    co_return json_response(body);
}

}  // namespace muster::api
