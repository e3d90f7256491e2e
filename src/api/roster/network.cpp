// A network's nodes as JSON.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/network.hpp"

#include <algorithm>

#include <boost/json/array.hpp>

#include "api/json_response.hpp"
#include "api/network_access.hpp"
#include "api/roster/input.hpp"
#include "api/roster/network_connections.hpp"
#include "app/device_networks.hpp"
#include "app/network_connections.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;

struct Listing {
    networks::Connector connector;
    std::vector<networks::Node> nodes;
};

json::object node_json(const networks::Node& node) {
    const core::NodeSighting& sighting = node.sighting;
    return {{"id", sighting.node_id},
            {"connection_id", nullptr},
            {"hostname", sighting.hostname},
            {"name", node.name},
            {"ip", sighting.ip},
            {"online", sighting.online},
            {"expired", node.expired},
            {"needs_approval", node.needs_approval},
            {"last_seen", time_or_null(sighting.last_seen)},
            {"user", node.user},
            {"os", node.os},
            {"client_version", node.client_version},
            {"tags", json::array(sighting.tags.begin(), sighting.tags.end())},
            {"key_id", text_or_null(node.key_id)}};
}

asio::awaitable<core::Result<networks::Connector>> choose(Call& call) {
    const bool is_own = call.request.query_value("connection") == own_connection_word;
    const auto id = read_query_id(call.request, "connection");
    if (!is_own && !id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        if (is_own) return app::open_own_network(transaction, context);
        return app::choose_connection(transaction, context, *id, "");
    };
    co_return co_await call.services.store.read(work);
}

asio::awaitable<core::Result<Listing>> list(Call& call) {
    auto connector = co_await choose(call);
    if (!connector) co_return std::unexpected(connector.error());
    auto nodes = co_await list_network_nodes(call, *connector);
    if (!nodes) co_return std::unexpected(nodes.error());
    Listing listing;
    listing.connector = std::move(*connector);
    listing.nodes = std::move(*nodes);
    co_return listing;
}

net::Response listing_answer(const Listing& listing) {
    const networks::Connector& connector = listing.connector;
    json::value connection_id(nullptr);
    if (!connector.id.empty()) connection_id = connector.id;
    json::array array;
    for (const networks::Node& node : listing.nodes) {
        json::object shown = node_json(node);
        shown["connection_id"] = connection_id;
        array.push_back(std::move(shown));
    }
    return json_response({{"network", connector.settings.network},
                          {"connection_id", std::move(connection_id)},
                          {"nodes", std::move(array)}});
}

app::NodeNames names_of(std::span<const networks::Node> nodes) {
    app::NodeNames names;
    for (const networks::Node& node : nodes) {
        names.node_ids.push_back(node.sighting.node_id);
        if (node.key_id) names.key_ids.push_back(*node.key_id);
    }
    return names;
}

bool is_known(const app::KnownNodes& known, const networks::Node& node) {
    return known.node_ids.contains(node.sighting.node_id) ||
           (node.key_id && known.key_ids.contains(*node.key_id));
}

}  // namespace

asio::awaitable<Answer> handle_list_nodes(Call& call) {
    const auto listing = co_await list(call);
    if (!listing) co_return std::unexpected(listing.error());
    co_return listing_answer(*listing);
}

asio::awaitable<Answer> handle_list_shadows(Call& call) {
    auto listing = co_await list(call);
    if (!listing) co_return std::unexpected(listing.error());
    std::vector<networks::Node> shadows;
    std::span<const networks::Node> rest = listing->nodes;
    while (!rest.empty()) {
        const auto batch = rest.first(std::min(rest.size(), app::known_nodes_batch));
        rest = rest.subspan(batch.size());
        const app::NodeNames names = names_of(batch);
        auto work = [&](store::Transaction& transaction) {
            return app::find_known_nodes(transaction, listing->connector, names);
        };
        const auto known = co_await call.services.store.read(work);
        if (!known) co_return std::unexpected(known.error());
        for (const networks::Node& node : batch) {
            if (!is_known(*known, node)) shadows.push_back(node);
        }
    }
    listing->nodes = std::move(shadows);
    co_return listing_answer(*listing);
}

}  // namespace muster::api
