// CORS headers.
// SPDX-License-Identifier: Apache-2.0
#include "api/cors.hpp"

#include <algorithm>
#include <utility>

namespace muster::api {

namespace {
constexpr std::string_view usual_headers =
    "authorization, x-client-info, apikey, content-type, x-supabase-api-version, x-retry-count";
constexpr std::string_view exposed_headers =
    "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, "
    "Transfer-Encoding, Range-Unit, Preference-Applied, X-Request-Id, X-Supabase-Api-Version, "
    "X-Total-Count, Link, Retry-After";

/// "*" for everybody; of a list, the asking origin if it is on it. Empty: not allowed.
std::string allowed_origin(const net::Request& request, const std::vector<std::string>& origins) {
    if (origins.empty()) return "*";
    const std::string_view origin = request.header("Origin");
    return std::ranges::find(origins, origin) == origins.end() ? std::string()
                                                               : std::string(origin);
}

void add_origin(net::Response& response, const net::Request& request,
                const std::vector<std::string>& origins) {
    std::string origin = allowed_origin(request, origins);
    if (!origins.empty()) response.headers.push_back({"Vary", "Origin"});
    if (!origin.empty()) {
        response.headers.push_back({"Access-Control-Allow-Origin", std::move(origin)});
    }
}
}  // namespace

net::Response preflight(const net::Request& request, const std::vector<std::string>& origins) {
    net::Response response;
    response.content_type.clear();
    std::string headers(usual_headers);
    const std::string_view asked = request.header("Access-Control-Request-Headers");
    if (!asked.empty()) headers += ", " + std::string(asked);
    add_origin(response, request, origins);
    response.headers.push_back(
        {"Access-Control-Allow-Methods", "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"});
    response.headers.push_back({"Access-Control-Allow-Headers", std::move(headers)});
    response.headers.push_back({"Access-Control-Max-Age", "86400"});
    return response;
}

void add_cors(net::Response& response, const net::Request& request,
              const std::vector<std::string>& origins) {
    add_origin(response, request, origins);
    response.headers.push_back({"Access-Control-Expose-Headers", std::string(exposed_headers)});
}

}  // namespace muster::api
