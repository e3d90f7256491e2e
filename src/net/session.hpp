// One connection of the server: reads requests in turn, calls the handler, writes the answers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <memory>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "net/http.hpp"
#include "net/proxy_addresses.hpp"
#include "net/response_writer.hpp"
#include "net/server.hpp"

namespace muster::net {

using IoExecutor = boost::asio::io_context::executor_type;
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, IoExecutor>;

/// What the server's watchdog and stop() ask of a connection. I/O thread only.
class Connection {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    virtual void check_deadline(std::chrono::steady_clock::time_point now) = 0;
    virtual void close_if_idle() = 0;
    virtual void abort() = 0;
};

/// What all connections of a server share. I/O thread only, but for the count.
struct SessionContext {
    ServerLimits limits;
    ProxyAddresses proxies;
    Handler handler;
    Observer observer;
    base::Random& random;
    DateText date = {};
    std::list<Connection*> connections = {};
    std::atomic<std::size_t> admitted_count = 0;
    std::size_t surplus_count = 0;
    bool is_stopping = false;
};

/// A surplus connection gets 503 for its first request, and is closed.
enum class Admission { admitted, surplus };

/// Runs until the connection ends. `tls`: null for plain HTTP; used during the call only.
void start_session(const std::shared_ptr<SessionContext>& context, TcpSocket socket,
                   const boost::asio::ip::address& peer, Admission admission,
                   boost::asio::ssl::context* tls);

}  // namespace muster::net
