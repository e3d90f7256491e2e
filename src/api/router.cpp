// Route, caller, handler, answer.
// SPDX-License-Identifier: Apache-2.0
#include "api/router.hpp"

#include <optional>

#include "api/cors.hpp"
#include "api/errors.hpp"
#include "api/rest/refusals.hpp"
#include "api/rest/tables.hpp"
#include "base/encoding.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
using core::Code;

std::string_view take_segment(std::string_view& path) {
    const auto slash = path.find('/', 1);
    const std::string_view segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
    return segment;
}

/// The values of the pattern's {placeholders}, if the path has its shape.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
    std::vector<std::string> values;
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = take_segment(pattern);
        const std::string_view given = take_segment(path);
        if (wanted.starts_with("/{")) {
            if (given.size() < 2) return std::nullopt;
            values.emplace_back(given.substr(1));
        } else if (wanted != given) {
            return std::nullopt;
        }
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return values;
}

struct Found {
    const Route* route = nullptr;  ///< empty: nothing there, or not with this method
    std::vector<std::string> path_values;
    std::string allowed_methods;  ///< of the path; empty: nothing there
    ErrorShape errors = ErrorShape::function;
};

Found find_route(const net::Request& request) {
    Found found;
    if (request.path.starts_with("/rest/v1")) found.errors = ErrorShape::table;
    const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
    for (const Route& route : route_table()) {
        auto values = match(route.path, request.path);
        if (!values) continue;
        found.errors = route.errors;
        if (!found.allowed_methods.empty()) found.allowed_methods += ", ";
        found.allowed_methods += route.method;
        if (route.method != method) continue;
        found.route = &route;
        found.path_values = std::move(*values);
        return found;
    }
    return found;
}

net::Response refuse(const core::Error& error, const net::Request& request, ErrorShape shape) {
    if (is_gateway_error(error)) return gateway_error(error);
    if (shape == ErrorShape::auth) return auth_error(error, request);
    if (shape == ErrorShape::table) return table_refusal(error, request);
    return function_error(error, language_of(request));
}

core::Error missing(const Found& found) {
    if (found.allowed_methods.empty()) return {Code::route_not_found};
    return {Code::method_not_allowed, {}, found.allowed_methods};
}

net::Response refuse(const CredentialFault& fault, const net::Request& request, ErrorShape shape) {
    const bool table = shape == ErrorShape::table && !is_gateway_error(fault.error);
    return table ? table_refusal(fault, request) : refuse(fault.error, request, shape);
}

/// GoTrue and PostgREST stand behind a gateway that wants a key from everybody, to tell one
/// application from another. It is no secret and opens nothing; `muster login` gets in without.
ApiKeyRule key_rule_of(ErrorShape shape, const net::Request& request) {
    const bool is_own_program = request.header("User-Agent").starts_with("muster/");
    if (shape == ErrorShape::function || (shape == ErrorShape::auth && is_own_program)) {
        return ApiKeyRule::optional;
    }
    return ApiKeyRule::required;
}

/// Lets the request past (empty), or says why not. Fills in the caller.
asio::awaitable<std::optional<net::Response>> admit(Call& call, const Route& route) {
    if (call.request.body.size() > route.body_bytes_max) {
        const core::Error error{Code::body_too_large, "body", std::to_string(route.body_bytes_max)};
        co_return refuse(error, call.request, route.errors);
    }
    if (route.access == Access::anyone) {
        call.caller.ip_address = call.request.client_address;
        co_return std::nullopt;
    }
    auto caller = co_await call.services.authenticator.authenticate(
        call.request, key_rule_of(route.errors, call.request), call.services.clock.now());
    if (!caller) co_return refuse(caller.error(), call.request, route.errors);
    call.caller = std::move(*caller);
    const bool anonymous = call.caller.kind == core::Caller::Kind::anonymous;
    if (route.access == Access::optional || !anonymous) co_return std::nullopt;
    // A client of GoTrue sends the anon key as its bearer until it is signed in.
    const bool has_bearer =
        route.errors == ErrorShape::auth && !call.request.header("Authorization").empty();
    const Code no_user =
        route.access == Access::admin ? Code::admin_required : Code::missing_subject;
    const core::Error error{has_bearer ? no_user : Code::authorization_required};
    co_return refuse(error, call.request, route.errors);
}

asio::awaitable<net::Response> serve(Call& call, const Route& route) {
    auto refused = co_await admit(call, route);
    if (refused) co_return std::move(*refused);
    Answer answer = co_await route.handler(call);
    if (answer) co_return std::move(*answer);
    const core::Error& error = answer.error();
    if (error.code == Code::rate_limited) {
        call.services.metrics.add(base::Metric::rate_limited, {error.field});
    }
    co_return refuse(error, call.request, route.errors);
}

/// A browser asks first; a client of the table API may ask what a relation can do.
bool is_preflight(const net::Request& request) {
    const bool asks_first = !request.header("Access-Control-Request-Method").empty();
    return request.method == "OPTIONS" && (asks_first || !request.path.starts_with("/rest/v1/"));
}

}  // namespace

asio::awaitable<net::Response> answer(const net::Request& request, Services& services) {
    if (is_preflight(request)) {
        net::Response response = preflight(request, services.cors_origins);
        response.route = "preflight";
        co_return response;
    }
    Found found = find_route(request);
    net::Response response;
    if (found.route) {
        Call call{request, services, {}, language_of(request), std::move(found.path_values)};
        response = co_await serve(call, *found.route);
        response.route = found.route->path;
    } else {
        const core::Error error = missing(found);
        response = refuse(error, request, found.errors);
    }
    add_cors(response, request, services.cors_origins);
    co_return response;
}

}  // namespace muster::api
