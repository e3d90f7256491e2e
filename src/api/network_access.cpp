// Deadlines, connectors, counts.
// SPDX-License-Identifier: Apache-2.0
#include "api/network_access.hpp"

#include <algorithm>

namespace muster::api {

networks::Deadline network_deadline(const Call& call) {
    return std::min(call.request.deadline,
                    std::chrono::steady_clock::now() + call.services.network_timeout);
}

core::Result<std::shared_ptr<networks::Network>> open_network(
    Call& call, const networks::Connector& connector) {
    auto network = call.services.networks.get(connector);
    if (!network) return core::fail(core::Code::network_not_configured);
    return network;
}

void count_network_call(Call& call, const networks::Network& network, std::string_view name,
                        bool is_ok) {
    call.services.metrics.add(base::Metric::network_calls,
                              {network.name(), name, is_ok ? "ok" : "failed"});
}

boost::asio::awaitable<core::Result<std::vector<networks::Node>>> list_network_nodes(
    Call& call, networks::Connector connector) {
    const auto network = open_network(call, connector);
    if (!network) co_return std::unexpected(network.error());
    auto nodes = co_await (*network)->list_nodes(network_deadline(call));
    count_network_call(call, **network, "list_nodes", nodes.has_value());
    co_return nodes;
}

}  // namespace muster::api
