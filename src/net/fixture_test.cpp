// The tests' server and peers.
// SPDX-License-Identifier: Apache-2.0
#include "net/fixture_test.hpp"

#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/time.h>

#include "net/header_text.hpp"

namespace muster::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds patience{10};

}  // namespace

TestServer::TestServer(ServerOptions options) {
    options.port = 0;
    auto handler = [this](const Request& request) { return handle(request); };
    auto observer = [this](const Exchange& exchange) {
        const Request& request = exchange.request;
        const std::lock_guard lock(m_mutex);
        m_seen.push_back(Seen{std::string(request.method), std::string(request.path),
                              request.request_id, request.client_address, request.secure,
                              exchange.response.status, std::string(exchange.response.route),
                              exchange.response.detail});
        m_changed.notify_all();
    };
    m_gate.expires_at(asio::steady_timer::time_point::max());
    m_server = std::make_unique<Server>(m_context, std::move(options), handler, observer, m_random);
    m_thread = std::thread([this] { m_context.run(); });
}

TestServer::~TestServer() {
    if (m_thread.joinable()) {
        open_gate();
        stop(std::chrono::milliseconds(0));
        m_thread.join();
    }
}

std::uint16_t TestServer::port() const {
    const std::string text = url();
    return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
}

void TestServer::post(const std::function<void()>& work) {
    asio::post(m_context, work);
}

void TestServer::open_gate() {
    post([this] { m_gate.expires_at(asio::steady_timer::time_point::min()); });
}

void TestServer::stop(std::chrono::milliseconds stop_patience) {
    post([this, stop_patience] { m_server->stop(stop_patience); });
}

std::vector<Seen> TestServer::await_seen(std::size_t count) {
    std::unique_lock lock(m_mutex);
    if (!m_changed.wait_for(lock, patience, [&] { return m_seen.size() >= count; })) {
        throw std::runtime_error("too few exchanges were observed");
    }
    return m_seen;
}

asio::awaitable<Response> TestServer::handle(const Request& request) {
    Response response;
    response.route = "test";
    if (request.path == "/echo") {
        response.body = request.body;
    } else if (request.path == "/hello") {
        response.body = "hello";
    } else if (request.path == "/throw") {
        throw std::runtime_error("a detail for the log");
    } else if (request.path == "/wait") {
        m_is_waiting.set_value();
        error_code ignored;
        co_await m_gate.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        response.body = "waited";
    } else if (request.path == "/headers") {
        response.headers = {{"X-Sound", "kept"},
                            {"X-Split", "a\r\nX-Injected: yes"},
                            {"Bad Name", "x"},
                            {"Content-Length", "7"}};
    } else if (request.path == "/empty") {
        response.status = 204;
        response.body = "must not be sent";
    } else if (request.path == "/moved") {
        response.status = 302;
        response.headers = {{"Location", "/hello"}};
    } else if (request.path == "/who") {
        response.body = request.client_address + (request.secure ? " secure" : " plain");
    } else {
        response.status = 404;
    }
    co_return response;
}

std::string RawAnswer::header(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(rest.size(), line.size() + 2));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        if (!equals_ignoring_case(line.substr(0, colon), name)) continue;
        return std::string(trim_blanks(line.substr(colon + 1)));
    }
    return {};
}

RawClient::RawClient(std::uint16_t port) {
    m_socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
    const timeval limit{patience.count(), 0};
    setsockopt(m_socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

void RawClient::send(std::string_view text) {
    error_code ignored;  // a server that has closed already is seen by the next read
    asio::write(m_socket, asio::buffer(text), ignored);
}

bool RawClient::read_more() {
    char bytes[4096];
    const auto count = recv(m_socket.native_handle(), bytes, sizeof bytes, 0);
    if (count < 0 && errno == EAGAIN) throw std::runtime_error("the server kept silent");
    if (count <= 0) return false;
    m_buffer.append(bytes, static_cast<std::size_t>(count));
    return true;
}

RawAnswer RawClient::receive(bool has_body) {
    RawAnswer answer;
    while (!m_buffer.contains("\r\n\r\n")) {
        if (!read_more()) return answer;
    }
    const auto head_size = m_buffer.find("\r\n\r\n") + 4;
    answer.head = m_buffer.substr(0, head_size - 2);
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
    const std::string length = answer.header("Content-Length");
    const std::size_t body_size = has_body && !length.empty() ? std::stoul(length) : 0;
    while (m_buffer.size() < head_size + body_size) {
        if (!read_more()) throw std::runtime_error("the body was cut off");
    }
    answer.body = m_buffer.substr(head_size, body_size);
    m_buffer.erase(0, head_size + body_size);
    return answer;
}

bool RawClient::is_closed() {
    return m_buffer.empty() && !read_more();
}

bool RawClient::is_readable(std::chrono::milliseconds limit) {
    pollfd event{m_socket.native_handle(), POLLIN, 0};
    return poll(&event, 1, static_cast<int>(limit.count())) > 0;
}

ScriptedPeer::ScriptedPeer(std::string text) : m_text(std::move(text)) {
    m_thread = std::thread([this] {
        tcp::socket socket = m_acceptor.accept();
        error_code ignored;
        asio::read_until(socket, asio::dynamic_buffer(m_received), "\r\n\r\n", ignored);
        asio::write(socket, asio::buffer(m_text), ignored);
    });
}

ScriptedPeer::~ScriptedPeer() {
    if (m_thread.joinable()) m_thread.join();
}

const std::string& ScriptedPeer::received() {
    m_thread.join();
    return m_received;
}

}  // namespace muster::net
