// Rights, the call, its audit row.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/netbird_proxy.hpp"

#include <algorithm>
#include <array>

#include "api/errors.hpp"
#include "api/fields.hpp"
#include "api/network_access.hpp"
#include "api/roster/input.hpp"
#include "app/netbird_calls.hpp"
#include "app/network_connections.hpp"
#include "networks/netbird/forward.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
using core::Code;

constexpr std::array<std::string_view, 3> own_parameters{"path", "connection_id", "apikey"};
constexpr std::size_t content_type_bytes_max = 200;

core::Result<networks::NetBirdTarget> read_target(const net::Request& request) {
    const auto parameters = request.query_parameters();
    if (!parameters) {
        return core::fail(Code::invalid_characters, "query", "percent-encoded text");
    }
    const std::string path = request.query_value("path");
    if (path.empty()) return core::fail(Code::missing_field, "path");
    networks::NetBirdParameters more;
    for (const auto& parameter : *parameters) {
        const bool is_own =
            std::ranges::find(own_parameters, parameter.first) != own_parameters.end();
        if (!is_own) more.push_back(parameter);
    }
    return networks::parse_netbird_target(path, more);
}

struct Destination {
    networks::Connector connector;
    networks::ConnectionSettings settings;
};

asio::awaitable<core::Result<Destination>> choose(Call& call) {
    const auto id = read_query_id(call.request, "connection_id");
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::choose_connection(transaction, context, *id, "netbird");
    };
    auto connector = co_await call.services.store.read(work);
    const bool is_missing = !connector && connector.error().code == Code::network_not_configured;
    if (is_missing) co_return core::fail(Code::netbird_not_configured);
    if (!connector) co_return std::unexpected(connector.error());
    auto settings = call.services.settings_of(*connector);
    if (!settings || settings->network != "netbird") {
        co_return core::fail(Code::netbird_not_configured);
    }
    Destination destination;
    destination.connector = std::move(*connector);
    destination.settings = std::move(*settings);
    co_return destination;
}

networks::NetBirdCall call_of(const net::Request& request, networks::NetBirdTarget target) {
    networks::NetBirdCall forwarded;
    forwarded.method = request.method == "HEAD" ? "GET" : request.method;
    forwarded.target = std::move(target);
    forwarded.body = request.body;
    forwarded.content_type = request.header("Content-Type").substr(0, content_type_bytes_max);
    return forwarded;
}

bool is_harmless_type(std::string_view content_type) {
    const std::string type = to_lower(std::string(content_type.substr(0, content_type.find(';'))));
    return type == "application/json" || type == "application/problem+json" || type == "text/plain";
}

net::Response response_of(networks::NetBirdAnswer answer) {
    net::Response response;
    response.status = answer.status;
    response.content_type = is_harmless_type(answer.content_type) ? std::move(answer.content_type)
                                                                  : "application/octet-stream";
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    if (!answer.retry_after.empty()) {
        response.headers.push_back({"Retry-After", std::move(answer.retry_after)});
    }
    response.body = std::move(answer.body);
    return response;
}

}  // namespace

asio::awaitable<Answer> handle_netbird_proxy(Call& call) {
    const auto target = read_target(call.request);
    if (!target) co_return std::unexpected(target.error());
    const auto destination = co_await choose(call);
    if (!destination) co_return std::unexpected(destination.error());
    networks::NetBirdCall forwarded = call_of(call.request, *target);
    const auto start = call.services.clock.now();
    auto answer = co_await networks::forward_to_netbird(destination->settings, std::move(forwarded),
                                                        network_deadline(call));
    app::NetBirdCallRecord record;
    record.method = call.request.method;
    record.path = target->path;
    record.status = answer ? answer->status : status_of(core::kind_of(answer.error().code));
    // None where the clock was set back meanwhile.
    record.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::max(call.services.clock.now() - start, core::Timestamp::duration(0)));
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::record_netbird_call(transaction, context, destination->connector, record);
    };
    const auto recorded = co_await call.services.store.write(work);
    if (!recorded) co_return std::unexpected(recorded.error());
    call.services.metrics.add(base::Metric::network_calls,
                              {"netbird", "proxy", answer ? "ok" : "failed"});
    if (!answer) co_return std::unexpected(answer.error());
    co_return response_of(std::move(*answer));
}

}  // namespace muster::api
