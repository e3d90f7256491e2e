// Devices as JSON. Secrets and digests are left out.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/devices.hpp"

#include <boost/json/array.hpp>

#include "api/json_response.hpp"
#include "api/roster/input.hpp"
#include "app/devices.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

/// Stored times carry six digits; JSON has PostgreSQL's form.
json::value shown_time(const std::optional<std::string>& stored) {
    const auto at = stored ? core::parse_timestamp(*stored) : std::nullopt;
    return time_or_null(at);
}

json::object listed_json(const store::ListedDevice& device) {
    return {{"id", device.id},
            {"name", device.name},
            {"device_type", device.device_type},
            {"os", text_or_null(device.os)},
            {"status", device.status},
            {"trust_level", device.trust_level},
            {"user_id", device.user_id},
            {"user_email", device.user_email},
            {"organization_id", text_or_null(device.organization_id)},
            {"network", text_or_null(device.network)},
            {"tailscale_hostname", text_or_null(device.tailscale_hostname)},
            {"tailscale_ip", text_or_null(device.tailscale_ip)},
            {"last_seen", shown_time(device.last_seen)},
            {"enrolled_at", shown_time(device.enrolled_at)},
            {"created_at", shown_time(device.created_at)}};
}

json::object device_json(const app::DeviceView& view) {
    const core::Device& device = view.device;
    const auto network = view.membership ? std::optional(view.membership->network) : std::nullopt;
    return {{"id", device.id},
            {"name", device.name},
            {"device_type", device.device_type},
            {"os", text_or_null(device.os)},
            {"status", to_text(device.status)},
            {"trust_level", to_text(device.trust_level)},
            {"user_id", device.user_id},
            {"user_email", view.user_email},
            {"organization_id", text_or_null(device.organization_id)},
            {"network", text_or_null(network)},
            {"fingerprint", text_or_null(device.fingerprint)},
            {"tailscale_device_id", text_or_null(device.tailscale_device_id)},
            {"tailscale_hostname", text_or_null(device.tailscale_hostname)},
            {"tailscale_ip", text_or_null(device.tailscale_ip)},
            {"enrollment_expires_at", time_or_null(device.enrollment_expires_at)},
            {"last_seen", time_or_null(device.last_seen)},
            {"enrolled_at", time_or_null(device.enrolled_at)},
            {"created_at", core::to_json_text(device.created_at)},
            {"metadata", device.metadata}};
}

json::object trust_json(const app::DeviceView& view) {
    json::array reasons;
    for (const core::TrustReason& reason : view.verdict.reasons) {
        reasons.push_back(json::object{{"fact", reason.fact},
                                       {"provenance", reason.provenance},
                                       {"observed_at", time_or_null(reason.observed_at)},
                                       {"points", reason.points},
                                       {"text", reason.text}});
    }
    return {{"level", to_text(view.device.trust_level)},
            {"score", view.verdict.score},
            {"pinned", view.pinned},
            {"reasons", std::move(reasons)}};
}

/// `health`: of the calls to the membership's network.
json::value membership_json(const std::optional<store::Membership>& membership,
                            const networks::ApiHealth& health) {
    if (!membership) return nullptr;
    return json::object{{"network", membership->network},
                        {"node_id", text_or_null(membership->node_id)},
                        {"connection_id", text_or_null(membership->connection_id)},
                        {"connection_state", networks::to_text(health.state)},
                        {"connection_error", text_unless_empty(health.last_error)},
                        {"hostname", text_or_null(membership->hostname)},
                        {"announced_hostname", text_or_null(membership->announced_hostname)},
                        {"trust_pushed", text_or_null(membership->trust_pushed)},
                        {"trust_push_at", time_or_null(membership->trust_push_at)},
                        {"confirmed_at", time_or_null(membership->confirmed_at)}};
}

json::array jobs_json(const std::vector<store::NetworkJob>& jobs) {
    json::array array;
    for (const store::NetworkJob& job : jobs) {
        array.push_back(json::object{{"id", job.id},
                                     {"kind", to_text(job.kind)},
                                     {"network", job.network},
                                     {"connection_id", text_or_null(job.connection_id)},
                                     {"state", job.state},
                                     {"attempts", job.attempts},
                                     {"next_attempt_at", core::to_json_text(job.next_attempt_at)},
                                     {"last_error", text_or_null(job.last_error)},
                                     {"created_at", core::to_json_text(job.created_at)},
                                     {"finished_at", time_or_null(job.finished_at)}});
    }
    return array;
}

core::Result<store::RosterFilter> read_filter(const net::Request& request) {
    store::RosterFilter filter;
    struct Part {
        std::string_view name;
        std::optional<std::string> store::RosterFilter::* member;
    };
    static constexpr Part parts[] = {{"status", &store::RosterFilter::status},
                                     {"trust_level", &store::RosterFilter::trust_level},
                                     {"user", &store::RosterFilter::owner},
                                     {"name", &store::RosterFilter::name}};
    for (const Part& part : parts) {
        auto value = read_query(request, part.name);
        if (!value) return std::unexpected(value.error());
        filter.*part.member = std::move(*value);
    }
    if (filter.status && !core::parse_device_status(*filter.status)) {
        return core::fail(Code::invalid_value, "status", "pending, active, inactive, revoked");
    }
    if (filter.trust_level && !core::parse_trust_level(*filter.trust_level)) {
        return core::fail(Code::invalid_value, "trust_level", "low, medium, high");
    }
    auto cursor = read_query_id(request, "cursor");
    if (!cursor) return std::unexpected(cursor.error());
    filter.before_id = std::move(*cursor);
    const auto limit = read_limit(request);
    if (!limit) return std::unexpected(limit.error());
    filter.limit = *limit;
    return filter;
}

}  // namespace

asio::awaitable<Answer> handle_list_devices(Call& call) {
    const auto filter = read_filter(call.request);
    if (!filter) co_return std::unexpected(filter.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::list_devices(transaction, context, *filter);
    };
    const auto devices = co_await call.services.store.read(work);
    if (!devices) co_return std::unexpected(devices.error());
    json::array array;
    for (const store::ListedDevice& device : *devices) array.push_back(listed_json(device));
    const bool full = devices->size() == static_cast<std::size_t>(filter->limit);
    json::value next(nullptr);
    if (full) next = devices->back().id;
    const json::object body{{"devices", std::move(array)}, {"next_cursor", std::move(next)}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_show_device(Call& call) {
    const auto id = read_path_id(call, Code::device_not_found);
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::show_device(transaction, context, *id);
    };
    const auto view = co_await call.services.store.read(work);
    if (!view) co_return std::unexpected(view.error());
    const auto connection_id =
        view->membership ? view->membership->connection_id.value_or("") : std::string();
    const networks::ApiHealth health = call.services.networks.health(connection_id);
    const json::object body{{"device", device_json(*view)},
                            {"trust", trust_json(*view)},
                            {"membership", membership_json(view->membership, health)},
                            {"jobs", jobs_json(view->jobs)}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_delete_device(Call& call) {
    const auto id = read_path_id(call, Code::device_not_found);
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::delete_device(transaction, context, *id);
    };
    const auto deleted = co_await call.services.store.write(work);
    if (!deleted) co_return std::unexpected(deleted.error());
    call.services.wake_outbox();
    const json::object body{{"success", true}};
    co_return json_response(body);
}

}  // namespace muster::api
