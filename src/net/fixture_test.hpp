// A server on a thread of its own, and a client that writes and reads plain bytes.
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

/// A self-signed certificate for `name` and 127.0.0.1, in files that go when this goes.
class TestCertificate {
public:
    explicit TestCertificate(const std::string& name, const std::string& address = "127.0.0.1");
    ~TestCertificate();
    TestCertificate(const TestCertificate&) = delete;
    TestCertificate& operator=(const TestCertificate&) = delete;

    TlsFiles files() const;
    std::string certificate_file() const { return files().certificate_chain; }

private:
    std::string m_folder;
};

}  // namespace muster::net
