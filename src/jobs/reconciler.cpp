// The network's list is fetched whole, the roster in pages.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/reconciler.hpp"

#include <string>
#include <unordered_map>

#include "app/upkeep.hpp"

namespace muster::jobs {

namespace {

namespace asio = boost::asio;
using NodesById = std::unordered_map<std::string, const networks::Node*>;

/// True: the device's node is there.
asio::awaitable<bool> compare(Tools& tools, const NodesById& nodes,
                              const store::Membership& membership) {
    const app::Context context = tools.context();
    const auto found = nodes.find(*membership.node_id);
    const bool there = found != nodes.end();
    auto work = [&](store::Transaction& transaction) {
        return there ? app::see_member(transaction, context, membership.device_id,
                                       found->second->sighting)
                     : app::miss_member(transaction, context, membership.device_id,
                                        *membership.node_id);
    };
    const auto changed = co_await tools.store.write(work);
    if (changed && *changed) tools.metrics.add(base::Metric::sweep_changes, {"reconciler"});
    co_return there;
}

/// Takes the nodes of known devices out of `nodes`.
asio::awaitable<Reconciled> compare_members(Tools& tools, NodesById& nodes,
                                            core::Timestamp listed_at) {
    Reconciled result;
    const std::string network(tools.network->name());
    std::string after;
    while (tools.peers.leads()) {
        auto list = [&](store::Transaction& transaction) {
            return app::list_members(transaction, network, after, reconcile_page);
        };
        const auto page = co_await tools.store.read(list);
        if (!page || page->empty()) break;
        for (const store::Membership& membership : *page) {
            if (!tools.peers.leads()) co_return result;
            // Confirmed while the list was on its way: the list cannot speak of it.
            if (membership.confirmed_at < listed_at) {
                const bool there = co_await compare(tools, nodes, membership);
                ++(there ? result.seen : result.lost);
            }
            nodes.erase(*membership.node_id);
        }
        after = page->back().device_id;
    }
    co_return result;
}

/// Completes enrolments whose device never came back to ask. Returns how many.
asio::awaitable<int> adopt_nodes(Tools& tools, const NodesById& nodes) {
    int adopted = 0;
    for (const auto& [id, node] : nodes) {
        if (!node->key_id) continue;
        if (!tools.peers.leads()) break;
        const app::Context context = tools.context();
        auto work = [&](store::Transaction& transaction) {
            return app::adopt_node(transaction, context, node->sighting, *node->key_id);
        };
        const auto done = co_await tools.store.write(work);
        if (done && *done) ++adopted;
    }
    co_return adopted;
}

}  // namespace

asio::awaitable<core::Result<Reconciled>> reconcile(Tools& tools,
                                                    std::chrono::milliseconds call_timeout) {
    if (!tools.network) co_return core::fail(core::Code::network_not_configured);
    if (!tools.peers.leads()) co_return Reconciled{};
    const auto deadline = std::chrono::steady_clock::now() + call_timeout;
    const core::Timestamp listed_at = tools.clock.now();
    const auto listed = co_await tools.network->list_nodes(deadline);
    tools.metrics.add(base::Metric::network_calls,
                      {tools.network->name(), "list_nodes", listed ? "ok" : "failed"});
    if (!listed) co_return std::unexpected(listed.error());
    NodesById nodes;
    for (const networks::Node& node : *listed) {
        // What has to log in anew is not on the network, whatever else is said of it.
        if (!node.expired) nodes.emplace(node.sighting.node_id, &node);
    }
    Reconciled result = co_await compare_members(tools, nodes, listed_at);
    result.adopted = co_await adopt_nodes(tools, nodes);
    result.unknown = static_cast<int>(nodes.size()) - result.adopted;
    tools.metrics.add(base::Metric::sweeps, {"reconciler"});
    co_return result;
}

}  // namespace muster::jobs
