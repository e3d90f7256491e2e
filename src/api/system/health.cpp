// Health and metrics.
// SPDX-License-Identifier: Apache-2.0
#include "api/system/health.hpp"

#include <map>
#include <utility>

#include "api/json_response.hpp"
#include "app/statistics.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using base::Metric;

void report_networks(const networks::Pool& networks, base::Metrics& metrics) {
    using State = networks::ApiHealth::State;
    std::map<std::pair<std::string, State>, int> counts;
    for (const auto& [network, health] : networks.all_health()) {
        for (const State state : {State::unknown, State::good, State::failing, State::paused}) {
            counts[{network, state}] += health.state == state ? 1 : 0;
        }
    }
    for (const auto& [key, count] : counts) {
        metrics.set(Metric::network_connections, {key.first, to_text(key.second)}, count);
    }
}

void report_store(const store::StoreStatistics& statistics, base::Metrics& metrics) {
    metrics.set_counter(Metric::store_commits, {}, static_cast<double>(statistics.commits));
    metrics.set_counter(Metric::store_writes, {}, static_cast<double>(statistics.writes));
    metrics.set_counter(Metric::store_checkpoints, {}, static_cast<double>(statistics.checkpoints));
    metrics.set(Metric::store_queue_depth, {"write"},
                static_cast<double>(statistics.write_queue_depth));
    metrics.set(Metric::store_queue_depth, {"read"},
                static_cast<double>(statistics.read_queue_depth));
}

}  // namespace

asio::awaitable<Answer> handle_healthz(Call&) {
    const json::object body{{"status", "ok"}, {"version", MUSTER_VERSION}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_readyz(Call& call) {
    auto work = [](store::Transaction& transaction) { return app::check_database(transaction); };
    const auto ready = co_await call.services.store.read(work);
    if (!ready) co_return std::unexpected(ready.error());
    const json::object body{{"status", "ready"}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_metrics(Call& call) {
    Services& services = call.services;
    auto work = [](store::Transaction& transaction) { return app::count_roster(transaction); };
    const auto counts = co_await services.store.read(work);
    if (!counts) co_return std::unexpected(counts.error());
    base::Metrics& metrics = services.metrics;
    for (const auto& [status, count] : counts->devices_by_status) {
        metrics.set(Metric::devices, {status}, static_cast<double>(count));
    }
    metrics.set(Metric::network_jobs_waiting, {}, static_cast<double>(counts->waiting_jobs));
    metrics.set(Metric::http_connections, {}, static_cast<double>(services.connection_count()));
    metrics.set(Metric::password_queue_depth, {},
                static_cast<double>(services.passwords.queue_depth()));
    report_networks(services.networks, metrics);
    report_store(services.store.statistics(), metrics);
    net::Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.text();
    co_return response;
}

}  // namespace muster::api
