// A cursor for each connection, kept in its row.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/event_poller.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "jobs/targets.hpp"
#include "networks/side_by_side.hpp"

namespace muster::jobs {

namespace {

namespace asio = boost::asio;

bool is_about_nodes(const networks::NetworkEvent& event) {
    return event.kind != networks::NetworkEvent::Kind::other;
}

}  // namespace

asio::awaitable<int> EventPoller::round() {
    if (!m_tools.peers.leads()) co_return 0;
    const auto targets = co_await list_targets(m_tools);
    if (!targets) co_return 0;
    std::vector<networks::SideTask> tasks;
    for (const app::ConnectionInUse& target : *targets) {
        const app::ConnectionInUse* const one = &target;
        tasks.emplace_back([this, one] { return poll(*one); });
    }
    const int asked = static_cast<int>(tasks.size());
    co_await networks::run_side_by_side(std::move(tasks), networks_at_once);
    co_return asked;
}

asio::awaitable<void> EventPoller::poll(app::ConnectionInUse target) {
    const auto network = m_tools.networks.get(target.connector);
    if (!network || target.is_removed || !network->has_events()) co_return;
    const std::string& id = target.connector.id;
    const std::string cursor = id.empty() ? m_own_cursor : target.event_cursor.value_or("");
    const auto deadline = std::chrono::steady_clock::now() + m_call_timeout;
    const auto page = co_await network->events_since(cursor, deadline);
    count_call(m_tools, target, "events", page.has_value());
    if (!page) co_return;  // the connector has logged it
    if (std::ranges::any_of(page->events, is_about_nodes)) {
        base::log(base::LogLevel::debug, "network_events",
                  {{"network", target.scope.network},
                   {"connection_id", id},
                   {"count", std::int64_t(page->events.size())}});
        m_changed(id);
    }
    if (page->cursor == cursor) co_return;
    if (id.empty()) {
        m_own_cursor = page->cursor;
        co_return;
    }
    auto keep = [&](store::Transaction& transaction) {
        return app::keep_event_cursor(transaction, id, page->cursor);
    };
    const auto kept = co_await m_tools.store.write(keep);
    if (kept) co_return;
    base::log(base::LogLevel::warning, "event_cursor_not_kept",
              {{"connection_id", id}, {"error", core::word_of(kept.error().code)}});
}

}  // namespace muster::jobs
