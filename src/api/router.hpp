// From a request to its handler: one table of routes, in routes.cpp. Finds the route, learns who is
// asking, calls the handler, and turns refusals into answers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "api/services.hpp"
#include "core/principal.hpp"
#include "core/result.hpp"
#include "net/http.hpp"

namespace muster::api {

/// One request on its way through a handler. Lives until the answer is there.
struct Call {
    const net::Request& request;
    Services& services;
    core::Caller caller;
    core::Language language = core::Language::english;
    std::vector<std::string> path_values = {};  ///< of the {placeholders}, in order

    /// For use cases; `now` is fixed here.
    app::Context context() const {
        return {services.clock.now(), caller, services.rules, services.sealer, services.random};
    }
};

using Answer = core::Result<net::Response>;
using RouteHandler = boost::asio::awaitable<Answer> (*)(Call&);

/// Who gets past the router. Use cases check the rest.
enum class Access {
    anyone,    ///< credentials are not even looked at
    optional,  ///< without credentials: anonymous; with bad ones: 401
    required,  ///< a signed-in user or the service key
    admin,     ///< the same, where GoTrue refuses the anon key as no admin's
};

/// How refusals are written.
enum class ErrorShape {
    function,  ///< {"error","code"}: contract section 3
    auth,      ///< GoTrue's: supabase-contract section 2.4
    table,     ///< PostgREST's: supabase-contract section 1.8
};

struct Route {
    std::string_view method;
    std::string_view path;  ///< "/roster/v1/devices/{id}": also the metrics' label
    Access access;
    ErrorShape errors;
    std::size_t body_bytes_max;
    RouteHandler handler;
    std::string_view summary;
};

/// All routes of the server.
std::span<const Route> route_table();

/// Answers one request. Throws what the broken world throws: net/ makes a 500 of it.
boost::asio::awaitable<net::Response> answer(const net::Request& request, Services& services);

}  // namespace muster::api
