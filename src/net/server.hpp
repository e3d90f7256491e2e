// The HTTP/1.1 server: accepts, limits, deadlines, request ids, TLS, graceful stop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/random.hpp"
#include "net/http.hpp"

namespace muster::net {

/// Everything that a client can make grow or take long. Each is tested one past it.
struct ServerLimits {
    std::size_t header_bytes_max = 16 * 1024;  ///< request line and headers: beyond, 431
    std::size_t body_bytes_max = 1024 * 1024;  ///< beyond, 413; routes may allow less
    std::size_t connections_max = 4096;        ///< beyond, 503 with Retry-After and close
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds idle_timeout{75'000};     ///< keep-alive, between requests
    std::chrono::milliseconds handler_timeout{30'000};  ///< beyond, 503
    std::chrono::milliseconds write_timeout{30'000};
};

struct TlsFiles {
    std::string certificate_chain;  ///< PEM file; empty: no TLS
    std::string private_key;        ///< PEM file
};

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;  ///< 0: a free one
    TlsFiles tls = {};
    /// Addresses or CIDR blocks whose X-Forwarded-For and X-Forwarded-Proto are believed.
    std::vector<std::string> trusted_proxies = {};
    ServerLimits limits = {};
};

class Server {
public:
    /// Binds and listens. `context` is run by one thread; `handler` and `random` must outlive the
    /// server. Throws std::runtime_error, in one readable sentence: address in use, bad
    /// certificate, bad proxy block.
    Server(boost::asio::io_context& context, ServerOptions options, Handler handler,
           Observer observer, base::Random& random);
    ~Server();

    std::string url() const;  ///< "http://127.0.0.1:40113": the port really taken
    std::size_t connection_count() const;

    /// Stops accepting, lets requests under way finish, closes idle connections, and closes the
    /// rest after `patience`. Call on the I/O thread; the context runs dry when it is done.
    void stop(std::chrono::milliseconds patience);

private:
    class Impl;
    std::shared_ptr<Impl> m_impl;
};

}  // namespace muster::net
