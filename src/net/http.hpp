// What net/ hands to api/ and takes back. Knows HTTP, and no device; Beast stays out of it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace muster::net {

struct HeaderView {
    std::string_view name;
    std::string_view value;
};

struct Header {
    std::string name;
    std::string value;
};

/// One request. Views point into the connection's buffers and are good until the handler's answer.
struct Request {
    std::string_view method;  ///< as sent: "POST"
    std::string_view path;    ///< before '?', as sent (not percent-decoded)
    std::string_view query;   ///< after '?', as sent; never logged: links carry tokens
    std::vector<HeaderView> headers;
    std::string_view body;
    std::string client_address;  ///< after trusted proxies; never empty
    std::string request_id;      ///< echoed as X-Request-Id
    bool secure = false;         ///< TLS here, or at a trusted proxy (X-Forwarded-Proto)
    std::chrono::steady_clock::time_point deadline;  ///< when the client gets 503 instead

    /// The first header of that name, case-insensitive; empty if none.
    std::string_view header(std::string_view name) const;
    /// The first value of that query parameter, form-decoded; empty if none or undecodable.
    std::string query_value(std::string_view name) const;
    /// All query parameters, form-decoded, in order. Empty: one that cannot be decoded.
    std::optional<std::vector<std::pair<std::string, std::string>>> query_parameters() const;
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json; charset=utf-8";
    std::vector<Header> headers = {};
    std::string body = {};
    std::string_view route =
        "unmatched";          ///< the route's pattern, for metrics and log; static text
    std::string detail = {};  ///< for the log only
};

/// Runs on the I/O thread. An exception becomes a 500 that says nothing but the request id.
using Handler = std::function<boost::asio::awaitable<Response>(const Request&)>;

/// Called once per answer, after it was written (or failed to be), on the I/O thread.
struct Exchange {
    const Request& request;
    const Response& response;
    std::chrono::nanoseconds duration;
};
using Observer = std::function<void(const Exchange&)>;

}  // namespace muster::net
