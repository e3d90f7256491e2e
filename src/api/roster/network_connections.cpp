// Draft, try, keep: a network is asked between two transactions, and the second one checks
// everything again.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/network_connections.hpp"

#include <boost/json/array.hpp>

#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "api/network_access.hpp"
#include "api/roster/connection_input.hpp"
#include "api/roster/connection_json.hpp"
#include "api/roster/input.hpp"
#include "base/random.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;
using OptionalProbe = std::optional<networks::Probe>;

asio::awaitable<core::Result<networks::Probe>> probe_network(
    Call& call, std::shared_ptr<networks::Network> network) {
    auto probe = co_await network->probe(network_deadline(call));
    count_network_call(call, *network, "probe", probe.has_value());
    co_return probe;
}

/// Tries what is not kept yet: through a connector of its own, which nobody else gets to use.
asio::awaitable<core::Result<OptionalProbe>> probe_draft(Call& call, networks::Connector draft) {
    draft.id = base::make_uuid(call.services.random, call.services.clock.now());
    auto network = call.services.networks.get(draft);
    call.services.networks.forget(draft.id);
    auto probe = co_await probe_network(call, std::move(network));
    if (!probe) co_return std::unexpected(probe.error());
    co_return OptionalProbe(std::move(*probe));
}

asio::awaitable<core::Result<OptionalProbe>> try_draft(Call& call,
                                                       core::Result<networks::Connector> draft,
                                                       bool is_wanted) {
    if (!draft) co_return std::unexpected(draft.error());
    if (auto complete = check_settings(draft->settings); !complete) {
        co_return std::unexpected(complete.error());
    }
    if (!is_wanted) co_return OptionalProbe();
    co_return co_await probe_draft(call, std::move(*draft));
}

net::Response kept_answer(const Call& call, const app::ConnectionView& view,
                          const OptionalProbe& probe, unsigned status) {
    json::value tried(nullptr);
    if (probe) tried = probe_json(*probe);
    const json::object body{{"connection", connection_json(call, view)},
                            {"probe", std::move(tried)}};
    return json_response(body, status);
}

core::Result<app::ConnectionView> change(store::Transaction& transaction,
                                         const app::Context& context, const std::string& id,
                                         const ConnectionFields& fields) {
    if (!fields.is_empty()) {
        auto changed = app::change_connection(transaction, context, id, fields.input);
        if (!changed || !fields.is_default) return changed;
    }
    return app::make_default_connection(transaction, context, id);
}

core::Result<bool> read_force(const net::Request& request) {
    const std::string text = request.query_value("force");
    if (!text.empty() && text != "true" && text != "false") {
        return core::fail(Code::invalid_value, "force", "true, false");
    }
    return text == "true";
}

}  // namespace

asio::awaitable<Answer> handle_list_connections(Call& call) {
    const auto organization = read_query_id(call.request, "organization_id");
    if (!organization) co_return std::unexpected(organization.error());
    struct Found {
        std::vector<app::ConnectionView> connections;
        std::optional<app::OwnNetwork> own;
    };
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) -> core::Result<Found> {
        auto connections = app::list_connections(transaction, context, *organization);
        if (!connections) return std::unexpected(connections.error());
        if (*organization) return Found{std::move(*connections), std::nullopt};
        const auto own = app::show_own_network(transaction, context);
        if (!own) return std::unexpected(own.error());
        return Found{std::move(*connections), *own};
    };
    const auto found = co_await call.services.store.read(work);
    if (!found) co_return std::unexpected(found.error());
    json::array array;
    if (found->own) array.push_back(own_network_json(call, *found->own));
    for (const auto& view : found->connections) array.push_back(connection_json(call, view));
    const json::object body{{"connections", std::move(array)}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_add_connection(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto fields = read_new_connection(*body);
    if (!fields) co_return std::unexpected(fields.error());
    const app::Context context = call.context();
    auto plan = [&](store::Transaction& transaction) {
        return app::draft_connection(transaction, context, fields->organization_id,
                                     *fields->network, fields->input);
    };
    auto draft = co_await call.services.store.read(plan);
    const auto probe = co_await try_draft(call, std::move(draft), fields->test);
    if (!probe) co_return std::unexpected(probe.error());
    const app::Context later = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::add_connection(transaction, later, fields->organization_id, *fields->network,
                                   fields->input, fields->is_default.value_or(false));
    };
    const auto added = co_await call.services.store.write(work);
    if (!added) co_return std::unexpected(added.error());
    co_return kept_answer(call, *added, *probe, 201);
}

asio::awaitable<Answer> handle_change_connection(Call& call) {
    const auto id = read_path_id(call, Code::network_connection_not_found);
    if (!id) co_return std::unexpected(id.error());
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto fields = read_connection_change(*body);
    if (!fields) co_return std::unexpected(fields.error());
    const app::Context context = call.context();
    auto plan = [&](store::Transaction& transaction) {
        return app::draft_change(transaction, context, *id, fields->input);
    };
    auto draft = co_await call.services.store.read(plan);
    const bool is_tried = fields->test && fields->changes_access();
    const auto probe = co_await try_draft(call, std::move(draft), is_tried);
    if (!probe) co_return std::unexpected(probe.error());
    const app::Context later = call.context();
    auto work = [&](store::Transaction& transaction) {
        return change(transaction, later, *id, *fields);
    };
    const auto changed = co_await call.services.store.write(work);
    if (!changed) co_return std::unexpected(changed.error());
    co_return kept_answer(call, *changed, *probe, 200);
}

asio::awaitable<Answer> handle_remove_connection(Call& call) {
    const auto id = read_path_id(call, Code::network_connection_not_found);
    if (!id) co_return std::unexpected(id.error());
    const auto force = read_force(call.request);
    if (!force) co_return std::unexpected(force.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::remove_connection(transaction, context, *id, *force);
    };
    const auto removed = co_await call.services.store.write(work);
    if (!removed) co_return std::unexpected(removed.error());
    call.services.networks.forget(*id);
    const json::object body{{"success", true}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_test_connection(Call& call) {
    const bool is_own = call.path_values.front() == own_connection_word;
    auto id = read_path_id(call, Code::network_connection_not_found);
    if (!is_own && !id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        if (is_own) return app::open_own_network(transaction, context);
        return app::open_connection(transaction, context, *id);
    };
    const auto connector = co_await call.services.store.read(work);
    if (!connector) co_return std::unexpected(connector.error());
    auto network = open_network(call, *connector);
    if (!network) co_return std::unexpected(network.error());
    const auto probe = co_await probe_network(call, std::move(*network));
    if (!probe) co_return std::unexpected(probe.error());
    const json::object body{{"probe", probe_json(*probe)}};
    co_return json_response(body);
}

}  // namespace muster::api
