// Transaction, network, transaction.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/enrollment_network.hpp"

#include <algorithm>

#include <boost/json/array.hpp>

#include "api/json_response.hpp"
#include "app/connections.hpp"
#include "app/enrollment.hpp"
#include "app/host_label.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

networks::Deadline network_deadline(const Call& call) {
    return std::min(call.request.deadline,
                    std::chrono::steady_clock::now() + call.services.network_timeout);
}

/// A guess at a token costs one of the address's attempts; honest devices behind one address cost
/// none, however many come at once.
class TokenAttempt {
public:
    explicit TokenAttempt(Call& call)
        : m_attempts(call.services.attempts), m_key(address_key(call.caller.ip_address)) {}
    core::Result<void> begin() { return m_attempts.check(Limit::token_failures, m_key); }
    /// What the caller is told of a refusal: of guesses that were under way together, those that
    /// find nothing left to take learn nothing else.
    asio::awaitable<core::Error> settle(const core::Error& refusal) {
        const bool guess =
            refusal.code == Code::invalid_token || refusal.code == Code::token_expired;
        if (!guess) co_return refusal;
        const auto taken = co_await m_attempts.take(Limit::token_failures, m_key);
        co_return taken ? refusal : taken.error();
    }

private:
    Attempts& m_attempts;
    std::string m_key;
};

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
    call.services.metrics.add(base::Metric::network_calls,
                              {network->name(), "create_key", made ? "ok" : "failed"});
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

asio::awaitable<core::Result<std::optional<networks::Node>>> ask_network(
    Call& call, const app::ConnectionState& state) {
    const store::Membership& membership = *state.membership;
    if (!state.connector) co_return core::fail(Code::network_not_configured);
    const auto network = call.services.networks.get(*state.connector);
    if (!network || network->name() != membership.network) {
        co_return core::fail(Code::network_not_configured);
    }
    networks::NodeQuery query;
    query.node_id = membership.node_id;
    query.key_id = membership.key_id;
    query.hostname = state.hostname;
    query.key_created_at = membership.created_at;
    auto node = co_await network->find_node(std::move(query), network_deadline(call));
    call.services.metrics.add(base::Metric::network_calls,
                              {network->name(), "find_node", node ? "ok" : "failed"});
    co_return node;
}

json::object status_answer(core::DeviceStatus status, bool connected) {
    return {{"success", true}, {"status", to_text(status)}, {"tailscale_connected", connected}};
}

asio::awaitable<Answer> confirm(Call& call, const app::ConnectionState& state,
                                const networks::Node& node) {
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::confirm_connection(transaction, context, state.device_id, node.sighting,
                                       node.key_id);
    };
    const auto connection = co_await call.services.store.write(work);
    if (!connection) co_return std::unexpected(connection.error());
    json::object body = status_answer(connection->status, connection->connected);
    if (!connection->connected) co_return json_response(body);
    body["tailscale_hostname"] = connection->hostname;
    body["tailscale_ip"] = connection->ip;
    co_return json_response(body);
}

/// The network answered, and does not have the device.
asio::awaitable<Answer> report_absence(Call& call, const app::ConnectionState& state) {
    if (!state.membership->node_id) co_return json_response(status_answer(state.status, false));
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::lose_connection(transaction, context, state.device_id);
    };
    const auto status = co_await call.services.store.write(work);
    if (!status) co_return std::unexpected(status.error());
    co_return json_response(status_answer(*status, false));
}

bool announces(const app::ConnectionState& state, const app::ConnectionQuery& query) {
    const auto& membership = state.membership;
    const bool is_open = membership && !membership->node_id && !membership->announced_hostname;
    return is_open && query.hostname && app::to_label(*query.hostname);
}

asio::awaitable<core::Result<app::ConnectionState>> find_state(Call& call,
                                                               const EnrollmentInput& input) {
    app::ConnectionQuery query;
    query.device_id = input.device_id;
    query.enrollment_token = input.enrollment_token;
    query.hostname = input.hostname;
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::find_connection(transaction, context, query);
    };
    TokenAttempt attempt(call);
    if (auto allowed = attempt.begin(); !allowed) co_return std::unexpected(allowed.error());
    auto state = co_await call.services.store.read(work);
    if (state && announces(*state, query)) {
        auto announce = [&](store::Transaction& transaction) {
            return app::announce_hostname(transaction, state->device_id, *query.hostname);
        };
        const auto announced = co_await call.services.store.write(announce);
        if (!announced) co_return std::unexpected(announced.error());
        state = co_await call.services.store.read(work);
    }
    if (state) co_return state;
    const core::Error refusal = co_await attempt.settle(state.error());
    co_return std::unexpected(refusal);
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
    const auto state = co_await find_state(call, input);
    if (!state) co_return std::unexpected(state.error());
    const bool revoked = state->status == core::DeviceStatus::revoked;
    if (revoked) co_return json_response(status_answer(state->status, false));
    if (!state->membership) {
        json::object body = status_answer(state->status, false);
        if (!call.services.networks.own()) body["network_error"] = "network_not_configured";
        co_return json_response(body);
    }
    const auto node = co_await ask_network(call, *state);
    if (!node) {
        json::object body = status_answer(state->status, false);
        body["network_error"] = core::word_of(node.error().code);
        co_return json_response(body);
    }
    const bool is_there = node->has_value() && !(*node)->expired && !(*node)->needs_approval;
    if (!is_there) co_return co_await report_absence(call, *state);
    co_return co_await confirm(call, *state, **node);
}

}  // namespace muster::api
