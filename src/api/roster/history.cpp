// Events and audit rows as JSON.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/history.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api/json_response.hpp"
#include "api/roster/input.hpp"
#include "app/audit.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;

json::value shown_time(const std::string& stored) {
    return time_or_null(core::parse_timestamp(stored));
}

json::object event_json(const store::ListedEvent& event) {
    return {{"id", event.id},
            {"device_id", event.device_id},
            {"event_type", event.event_type},
            {"details", json::parse(event.details)},
            {"ip_address", text_or_null(event.ip_address)},
            {"created_at", shown_time(event.created_at)},
            {"archived", event.archived}};
}

json::object audit_json(const store::ListedAudit& entry) {
    return {{"id", entry.id},
            {"organization_id", text_or_null(entry.organization_id)},
            {"user_id", text_or_null(entry.user_id)},
            {"event", entry.event},
            {"details", json::parse(entry.details)},
            {"created_at", shown_time(entry.created_at)}};
}

core::Result<store::HistoryFilter> read_filter(const net::Request& request) {
    store::HistoryFilter filter;
    auto device = read_query_id(request, "device_id");
    if (!device) return std::unexpected(device.error());
    auto cursor = read_query_id(request, "cursor");
    if (!cursor) return std::unexpected(cursor.error());
    const auto limit = read_limit(request);
    if (!limit) return std::unexpected(limit.error());
    filter.device_id = std::move(*device);
    filter.before_id = std::move(*cursor);
    filter.limit = *limit;
    return filter;
}

template <class Entry>
net::Response page(std::string_view name, const std::vector<Entry>& entries, int limit,
                   json::object (*to_json)(const Entry&)) {
    json::array array;
    for (const Entry& entry : entries) array.push_back(to_json(entry));
    json::value next(nullptr);
    if (entries.size() == static_cast<std::size_t>(limit)) next = entries.back().id;
    return json_response({{name, std::move(array)}, {"next_cursor", std::move(next)}});
}

}  // namespace

asio::awaitable<Answer> handle_list_events(Call& call) {
    const auto filter = read_filter(call.request);
    if (!filter) co_return std::unexpected(filter.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::list_events(transaction, context, *filter);
    };
    const auto events = co_await call.services.store.read(work);
    if (!events) co_return std::unexpected(events.error());
    co_return page("events", *events, filter->limit, event_json);
}

asio::awaitable<Answer> handle_list_audit(Call& call) {
    const auto filter = read_filter(call.request);
    if (!filter) co_return std::unexpected(filter.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::list_audit(transaction, context, *filter);
    };
    const auto entries = co_await call.services.store.read(work);
    if (!entries) co_return std::unexpected(entries.error());
    co_return page("entries", *entries, filter->limit, audit_json);
}

}  // namespace muster::api
