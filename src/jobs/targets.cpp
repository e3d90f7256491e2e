// One read transaction for all.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/targets.hpp"

#include <utility>

namespace muster::jobs {

namespace asio = boost::asio;

asio::awaitable<core::Result<std::vector<app::ConnectionInUse>>> list_targets(Tools& tools) {
    const app::Context context = tools.context();
    auto list = [&](store::Transaction& transaction) {
        return app::list_connections_in_use(transaction, context);
    };
    auto targets = co_await tools.store.read(list);
    if (!targets || !tools.networks.own()) co_return targets;
    app::ConnectionInUse own;
    own.connector.settings.network = tools.networks.own()->name();
    own.scope.network = own.connector.settings.network;
    targets->insert(targets->begin(), std::move(own));
    co_return targets;
}

void count_call(Tools& tools, const app::ConnectionInUse& target, std::string_view call, bool ok) {
    tools.metrics.add(base::Metric::network_calls,
                      {target.scope.network, call, ok ? "ok" : "failed"});
}

}  // namespace muster::jobs
