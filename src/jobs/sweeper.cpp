// One transaction a device: a sweep never holds the writer for long.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/sweeper.hpp"

#include "app/upkeep.hpp"

namespace muster::jobs {

namespace {

namespace asio = boost::asio;

using Change = core::Result<bool> (*)(store::Transaction&, const app::Context&,
                                      const std::string& device_id);

asio::awaitable<int> change_each(Tools& tools, const std::vector<std::string>& ids, Change change) {
    int changed = 0;
    for (const std::string& id : ids) {
        if (!tools.peers.leads()) break;
        const app::Context context = tools.context();
        auto work = [&](store::Transaction& transaction) {
            return change(transaction, context, id);
        };
        const auto outcome = co_await tools.store.write(work);
        if (outcome && *outcome) ++changed;
    }
    co_return changed;
}

/// Of the rate limits, where servers share them. Returns how many buckets went.
asio::awaitable<int> forget_attempts(Tools& tools) {
    if (!tools.store.is_shared()) co_return 0;
    auto forget = [&](store::Transaction& transaction) {
        return app::forget_attempts(transaction);
    };
    const auto forgotten = co_await tools.store.write(forget);
    co_return forgotten.value_or(0);
}

}  // namespace

asio::awaitable<Swept> sweep(Tools& tools) {
    Swept swept;
    if (!tools.peers.leads()) co_return swept;
    const app::Context context = tools.context();
    auto find = [&](store::Transaction& transaction) {
        return app::list_overdue(transaction, context, sweep_batch);
    };
    const auto overdue = co_await tools.store.read(find);
    if (!overdue) co_return swept;
    swept.tokens_expired =
        co_await change_each(tools, overdue->expired_tokens, app::expire_device_token);
    swept.devices_inactive = co_await change_each(tools, overdue->silent_devices, app::mark_silent);
    auto forget = [&](store::Transaction& transaction) {
        return app::forget_spent_tokens(transaction, context);
    };
    const auto forgotten = co_await tools.store.write(forget);
    co_await forget_attempts(tools);
    tools.metrics.add(base::Metric::sweeps, {"sweeper"});
    tools.metrics.add(base::Metric::sweep_changes, {"sweeper"},
                      swept.tokens_expired + swept.devices_inactive + forgotten.value_or(0));
    co_return swept;
}

}  // namespace muster::jobs
