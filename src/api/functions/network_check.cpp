// Transaction, network, transaction.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/network_check.hpp"

#include "api/functions/token_attempt.hpp"
#include "api/network_access.hpp"
#include "app/host_label.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
using core::Code;

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
    count_network_call(call, *network, "find_node", node.has_value());
    co_return node;
}

NetworkCheck not_connected(core::DeviceStatus status, std::optional<Code> error = std::nullopt) {
    NetworkCheck check;
    check.status = status;
    check.network_error = error;
    return check;
}

asio::awaitable<core::Result<NetworkCheck>> confirm(Call& call, const app::ConnectionState& state,
                                                    networks::Node node) {
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::confirm_connection(transaction, context, state.device_id, node.sighting,
                                       node.key_id);
    };
    auto connection = co_await call.services.store.write(work);
    if (!connection) co_return std::unexpected(connection.error());
    NetworkCheck check = not_connected(connection->status);
    check.is_connected = connection->connected;
    if (!connection->connected) co_return check;
    check.hostname = std::move(connection->hostname);
    check.ip = std::move(connection->ip);
    check.node = std::move(node);
    co_return check;
}

/// The network answered, and does not have the device.
asio::awaitable<core::Result<NetworkCheck>> report_absence(Call& call,
                                                           const app::ConnectionState& state) {
    if (!state.membership->node_id) co_return not_connected(state.status);
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::lose_connection(transaction, context, state.device_id);
    };
    const auto status = co_await call.services.store.write(work);
    if (!status) co_return std::unexpected(status.error());
    co_return not_connected(*status);
}

bool announces(const app::ConnectionState& state, const app::ConnectionQuery& query) {
    const auto& membership = state.membership;
    const bool is_open = membership && !membership->node_id && !membership->announced_hostname;
    return is_open && query.hostname && app::to_label(*query.hostname);
}

asio::awaitable<core::Result<app::ConnectionState>> find_state(Call& call,
                                                               const app::ConnectionQuery& query) {
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

asio::awaitable<core::Result<NetworkCheck>> check_network(Call& call, app::ConnectionQuery query) {
    const auto state = co_await find_state(call, query);
    if (!state) co_return std::unexpected(state.error());
    const bool revoked = state->status == core::DeviceStatus::revoked;
    if (revoked) co_return not_connected(state->status);
    if (!state->membership) {
        const bool has_network = call.services.networks.own() != nullptr;
        std::optional<Code> error;
        if (!has_network) error = Code::network_not_configured;
        co_return not_connected(state->status, error);
    }
    auto node = co_await ask_network(call, *state);
    if (!node) co_return not_connected(state->status, node.error().code);
    const bool is_there = node->has_value() && !(*node)->expired && !(*node)->needs_approval;
    if (!is_there) co_return co_await report_absence(call, *state);
    co_return co_await confirm(call, *state, std::move(**node));
}

}  // namespace muster::api
