// CORS headers.
// SPDX-License-Identifier: Apache-2.0
#include "api/cors.hpp"

#include <string>

namespace muster::api {

namespace {
constexpr std::string_view usual_headers =
    "authorization, x-client-info, apikey, content-type, x-supabase-api-version, x-retry-count";
constexpr std::string_view exposed_headers =
    "Content-Range, X-Request-Id, X-Supabase-Api-Version, X-Total-Count, Link, Retry-After";
}  // namespace

net::Response preflight(const net::Request& request) {
    net::Response response;
    response.status = 204;
    response.content_type.clear();
    std::string headers(usual_headers);
    const std::string_view asked = request.header("Access-Control-Request-Headers");
    if (!asked.empty()) headers += ", " + std::string(asked);
    response.headers = {
        {"Access-Control-Allow-Origin", "*"},
        {"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD"},
        {"Access-Control-Allow-Headers", std::move(headers)},
        {"Access-Control-Max-Age", "86400"}};
    return response;
}

void add_cors(net::Response& response) {
    response.headers.push_back({"Access-Control-Allow-Origin", "*"});
    response.headers.push_back({"Access-Control-Expose-Headers", std::string(exposed_headers)});
}

}  // namespace muster::api
