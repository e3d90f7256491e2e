// The network's list is fetched whole, the roster in pages.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/reconciler.hpp"

#include <unordered_set>
#include <utility>

#include "app/reconciliation.hpp"
#include "base/log.hpp"
#include "jobs/node_index.hpp"
#include "jobs/targets.hpp"
#include "networks/side_by_side.hpp"

namespace muster::jobs {

namespace {

namespace asio = boost::asio;
using core::Code;

void add(Reconciled& total, const app::PageOutcome& page) {
    total.seen += page.seen;
    total.lost += page.lost;
    total.adopted += page.adopted;
    total.ambiguous += page.ambiguous;
    total.changed += page.changed;
}

asio::awaitable<Reconciled> compare_members(Tools& tools, const app::ConnectionInUse& target,
                                            const NodeIndex& nodes) {
    Reconciled result;
    result.nodes = static_cast<int>(nodes.size());
    std::unordered_set<std::string> known;
    std::string after;
    while (tools.peers.leads()) {
        const app::Context context = tools.context();
        auto compare = [&](store::Transaction& transaction) {
            return app::compare_page(
                transaction, context, target.scope, after, reconcile_page,
                [&nodes](const store::Membership& membership) { return nodes.look(membership); });
        };
        const auto page = co_await tools.store.write(compare);
        if (!page || page->last_device_id.empty()) break;
        add(result, *page);
        known.insert(page->node_ids.begin(), page->node_ids.end());
        after = page->last_device_id;
    }
    result.shadows = nodes.count_others(known);
    co_return result;
}

asio::awaitable<Reconciled> give_up(Tools& tools, const app::ConnectionInUse& target) {
    Reconciled result;
    std::string after;
    while (tools.peers.leads()) {
        const app::Context context = tools.context();
        auto leave = [&](store::Transaction& transaction) {
            return app::leave_page(transaction, context, target.scope, after, reconcile_page);
        };
        const auto page = co_await tools.store.write(leave);
        if (!page || page->last_device_id.empty()) break;
        add(result, *page);
        after = page->last_device_id;
    }
    auto sweep = [&](store::Transaction& transaction) {
        return app::sweep_removed_connection(transaction, target.connector.id);
    };
    const auto swept = co_await tools.store.write(sweep);
    if (swept && *swept) tools.networks.forget(target.connector.id);
    co_return result;
}

}  // namespace

asio::awaitable<core::Result<Reconciled>> reconcile(Tools& tools,
                                                    const app::ConnectionInUse& target,
                                                    std::chrono::milliseconds call_timeout) {
    if (!tools.peers.leads()) co_return Reconciled{};
    if (target.is_removed) co_return co_await give_up(tools, target);
    const auto network = tools.networks.get(target.connector);
    if (!network) co_return core::fail(Code::network_not_configured);
    const auto deadline = std::chrono::steady_clock::now() + call_timeout;
    const core::Timestamp listed_at = tools.clock.now();
    auto listed = co_await network->list_nodes(deadline);
    count_call(tools, target, "list_nodes", listed.has_value());
    if (!listed) co_return std::unexpected(listed.error());
    const auto answered = std::chrono::steady_clock::now();
    const NodeIndex nodes(std::move(*listed), listed_at);
    const Reconciled result = co_await compare_members(tools, target, nodes);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - answered;
    tools.metrics.observe(base::Metric::reconcile_duration, {target.scope.network}, took.count());
    tools.metrics.add(base::Metric::sweeps, {"reconciler"});
    tools.metrics.add(base::Metric::sweep_changes, {"reconciler"}, result.changed);
    co_return result;
}

bool Reconciler::is_due(const app::ConnectionInUse& target,
                        std::chrono::steady_clock::time_point now) const {
    const auto begun = m_begun.find(target.connector.id);
    return begun == m_begun.end() || now - begun->second >= m_interval;
}

asio::awaitable<int> Reconciler::round() {
    const bool leads = m_tools.peers.leads();
    const auto woken = std::exchange(m_woken, {});
    if (!leads && woken.empty()) co_return 0;
    const auto targets = co_await list_targets(m_tools);
    if (!targets) co_return 0;
    const auto now = std::chrono::steady_clock::now();
    std::vector<networks::SideTask> tasks;
    for (const app::ConnectionInUse& target : *targets) {
        const bool is_woken = woken.contains(target.connector.id);
        if (!is_woken && !(leads && is_due(target, now))) continue;
        m_begun[target.connector.id] = now;
        const app::ConnectionInUse* const one = &target;
        tasks.emplace_back([this, one, is_woken] { return compare(*one, is_woken); });
    }
    const int due = static_cast<int>(tasks.size());
    co_await networks::run_side_by_side(std::move(tasks), networks_at_once);
    co_return due;
}

asio::awaitable<void> Reconciler::compare(app::ConnectionInUse target, bool is_woken) {
    Tools& tools = is_woken ? m_unled_tools : m_tools;
    const auto result = co_await reconcile(tools, target, m_call_timeout);
    if (!result) {
        base::log(base::LogLevel::warning, "reconcile_failed",
                  {{"network", target.scope.network},
                   {"connection_id", target.connector.id},
                   {"error", core::word_of(result.error().code)}});
        co_return;
    }
    m_tools.metrics.set(base::Metric::network_shadows, {target.scope.network, target.connector.id},
                        result->shadows);
    if (result->lost + result->adopted + result->ambiguous == 0) co_return;
    base::log(base::LogLevel::info, "reconciled",
              {{"network", target.scope.network},
               {"connection_id", target.connector.id},
               {"seen", std::int64_t{result->seen}},
               {"lost", std::int64_t{result->lost}},
               {"adopted", std::int64_t{result->adopted}},
               {"ambiguous", std::int64_t{result->ambiguous}},
               {"shadows", std::int64_t{result->shadows}}});
}

}  // namespace muster::jobs
