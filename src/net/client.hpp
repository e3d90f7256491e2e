// The HTTP client of the command line, the device's agent and the network connectors.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "net/http.hpp"

namespace muster::net {

struct ClientRequest {
    std::string method = "GET";
    std::string url;  ///< absolute, http or https
    std::vector<Header> headers = {};
    std::string body = {};
    std::chrono::milliseconds timeout{30'000};     ///< for the whole exchange, names to last byte
    std::size_t body_bytes_max = 8 * 1024 * 1024;  ///< of the answer
    std::string ca_file = {};                      ///< PEM; empty: the system's store
    std::string proxy_url = {};  ///< http://HOST:PORT of a proxy to go through; empty: none
};

struct ClientResponse {
    unsigned status = 0;
    std::vector<Header> headers;
    std::string body;
    std::string_view header(std::string_view name) const;  ///< case-insensitive; empty if none
};

enum class ClientFault { bad_url, unreachable, tls, timeout, too_large, broken };
struct ClientError {
    ClientFault fault;
    std::string message;      ///< for people: host and reason; never a header or a body
    bool maybe_sent = false;  ///< the server may have seen the request, or a part of it
};

/// One request over a connection of its own; TLS certificates and host names are verified.
boost::asio::awaitable<std::expected<ClientResponse, ClientError>> send(ClientRequest request);

/// The same for programs without an event loop. Blocks.
std::expected<ClientResponse, ClientError> send_now(const ClientRequest& request);

}  // namespace muster::net
