// The network's nodes as JSON, for global admins: the network belongs to the whole server.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/network.hpp"

#include <algorithm>

#include <boost/json/array.hpp>

#include "api/json_response.hpp"
#include "app/accounts.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;

json::object node_json(const networks::Node& node) {
    const core::NodeSighting& sighting = node.sighting;
    return {{"id", sighting.node_id},
            {"hostname", sighting.hostname},
            {"ip", sighting.ip},
            {"online", sighting.online},
            {"last_seen", time_or_null(sighting.last_seen)},
            {"tags", json::array(sighting.tags.begin(), sighting.tags.end())},
            {"key_id", text_or_null(node.key_id)}};
}

}  // namespace

asio::awaitable<Answer> handle_list_nodes(Call& call) {
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::check_global_admin(transaction, context);
    };
    const auto allowed = co_await call.services.store.read(work);
    if (!allowed) co_return std::unexpected(allowed.error());
    const auto network = call.services.networks.own();
    if (!network) co_return core::fail(core::Code::network_not_configured);
    const auto deadline = std::min(
        call.request.deadline, std::chrono::steady_clock::now() + call.services.network_timeout);
    const auto nodes = co_await network->list_nodes(deadline);
    if (!nodes) co_return std::unexpected(nodes.error());
    json::array array;
    for (const networks::Node& node : *nodes) array.push_back(node_json(node));
    const json::object body{{"network", network->name()}, {"nodes", std::move(array)}};
    co_return json_response(body);
}

}  // namespace muster::api
