// A server on a thread of its own, and peers that write and read plain bytes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/random.hpp"
#include "fakes/certificate.hpp"
#include "net/server.hpp"

namespace muster::net {

/// What the observer was told.
struct Seen {
    std::string method;
    std::string path;
    std::string request_id;
    std::string client_address;
    bool secure = false;
    unsigned status = 0;
    std::string route;
    std::string detail;
};

/// GET /hello, POST /echo (the body), /throw, /wait (until open_gate()), /headers, /empty (204),
/// /who.
class TestServer {
public:
    explicit TestServer(ServerOptions options = {});
    ~TestServer();

    std::uint16_t port() const;
    std::string url() const { return m_server->url(); }
    std::size_t connection_count() const { return m_server->connection_count(); }
    /// Blocks until a request waits in /wait.
    void await_waiting() { m_is_waiting.get_future().wait(); }
    void open_gate();
    void stop(std::chrono::milliseconds patience);
    /// Blocks until the event loop has nothing left to do.
    void await_end() { m_thread.join(); }
    /// Blocks until that many exchanges were observed.
    std::vector<Seen> await_seen(std::size_t count);

private:
    boost::asio::awaitable<Response> handle(const Request& request);
    void post(const std::function<void()>& work);

    boost::asio::io_context m_context{1};
    boost::asio::steady_timer m_gate{m_context};
    std::promise<void> m_is_waiting;
    base::SystemRandom m_random;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<Seen> m_seen;
    std::unique_ptr<Server> m_server;
    std::thread m_thread;
};

struct RawAnswer {
    unsigned status = 0;
    std::string head;
    std::string body;
    std::string header(std::string_view name) const;
};

/// Gives up, with an exception, when nothing comes for ten seconds.
class RawClient {
public:
    explicit RawClient(std::uint16_t port);

    void send(std::string_view text);
    /// One answer, by its Content-Length; `has_body`: false after HEAD.
    RawAnswer receive(bool has_body = true);
    /// True if the server closes the connection, without a further byte.
    bool is_closed();
    /// Waits that long for something to read: bytes or the end.
    bool is_readable(std::chrono::milliseconds patience);

private:
    bool read_more();

    boost::asio::io_context m_context;
    boost::asio::ip::tcp::socket m_socket{m_context};
    std::string m_buffer;
};

/// Takes one connection, reads a head, sends a text, and closes.
class ScriptedPeer {
public:
    explicit ScriptedPeer(std::string text);
    ~ScriptedPeer();
    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;

    std::string origin() const {
        return "http://127.0.0.1:" + std::to_string(m_acceptor.local_endpoint().port());
    }
    std::string url() const { return origin() + "/x?y"; }
    /// Blocks until the connection is served.
    const std::string& received();

private:
    std::string m_text;
    std::string m_received;
    boost::asio::io_context m_context;
    boost::asio::ip::tcp::acceptor m_acceptor{
        m_context, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
    std::thread m_thread;
};

using fakes::TestCertificate;

}  // namespace muster::net
