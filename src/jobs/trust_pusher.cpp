// Read what is due, tell the network, note it. A level that changes meanwhile stays due.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/trust_pusher.hpp"

#include <string>
#include <vector>

#include "app/trust_pushes.hpp"
#include "base/log.hpp"
#include "jobs/targets.hpp"
#include "networks/side_by_side.hpp"

namespace muster::jobs {

namespace {

namespace asio = boost::asio;

std::vector<networks::TrustMark> marks_of(const std::vector<store::TrustPush>& pushes) {
    std::vector<networks::TrustMark> marks;
    for (const store::TrustPush& push : pushes) {
        const auto level = core::parse_trust_level(push.level);
        marks.push_back({push.node_id, level.value_or(core::TrustLevel::low)});
    }
    return marks;
}

asio::awaitable<void> postpone(Tools& tools, const TrustPushOptions& options,
                               const app::ConnectionInUse& target) {
    const app::Context context = tools.context();
    auto work = [&](store::Transaction& transaction) {
        return app::postpone_trust_pushes(transaction, context, target.scope,
                                          context.now + options.lifetime / 2);
    };
    const auto postponed = co_await tools.store.write(work);
    if (postponed) co_return;
    base::log(
        base::LogLevel::warning, "trust_push_not_postponed",
        {{"connection_id", target.connector.id}, {"error", core::word_of(postponed.error().code)}});
}

asio::awaitable<int> push_to(Tools& tools, const TrustPushOptions& options,
                             const app::ConnectionInUse& target) {
    const auto network = tools.networks.get(target.connector);
    if (!network || target.is_removed) co_return 0;
    const app::Context context = tools.context();
    auto list = [&](store::Transaction& transaction) {
        return app::list_trust_pushes(transaction, context, target.scope, trust_push_batch);
    };
    const auto pushes = co_await tools.store.read(list);
    if (!pushes || pushes->empty()) co_return 0;
    if (!network->enforces_trust()) {
        co_await postpone(tools, options, target);
        co_return 0;
    }
    const auto deadline = std::chrono::steady_clock::now() + options.call_timeout;
    const auto told = co_await network->push_trust(marks_of(*pushes), options.lifetime, deadline);
    count_call(tools, target, "push_trust", told.has_value());
    if (!told) {
        base::log(base::LogLevel::warning, "trust_push_failed",
                  {{"network", target.scope.network},
                   {"connection_id", target.connector.id},
                   {"levels", std::int64_t(pushes->size())},
                   {"error", core::word_of(told.error().code)}});
        co_return 0;
    }
    const core::Timestamp next = tools.clock.now() + options.lifetime / 2;
    auto note = [&](store::Transaction& transaction) {
        return app::note_trust_pushes(transaction, *pushes, next);
    };
    const auto noted = co_await tools.store.write(note);
    co_return noted ? static_cast<int>(pushes->size()) : 0;
}

asio::awaitable<void> add_pushes(Tools& tools, const TrustPushOptions& options,
                                 const app::ConnectionInUse& target, int& total) {
    total += co_await push_to(tools, options, target);
}

}  // namespace

asio::awaitable<int> push_due_trust(Tools& tools, const TrustPushOptions& options) {
    if (!tools.peers.leads()) co_return 0;
    const app::Context context = tools.context();
    auto look = [&](store::Transaction& transaction) {
        return app::has_trust_pushes(transaction, context);
    };
    const auto is_due = co_await tools.store.read(look);
    if (!is_due || !*is_due) co_return 0;
    const auto targets = co_await list_targets(tools);
    if (!targets) co_return 0;
    int total = 0;
    std::vector<networks::SideTask> tasks;
    for (const app::ConnectionInUse& target : *targets) {
        const app::ConnectionInUse* const one = &target;
        tasks.emplace_back(
            [&tools, &options, &total, one] { return add_pushes(tools, options, *one, total); });
    }
    co_await networks::run_side_by_side(std::move(tasks), networks_at_once);
    co_return total;
}

}  // namespace muster::jobs
