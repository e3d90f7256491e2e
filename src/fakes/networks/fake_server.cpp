// Reads requests with Beast and writes answers by hand, so that they can be spoiled.
// SPDX-License-Identifier: Apache-2.0
#include "fakes/networks/fake_server.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include "net/header_text.hpp"
#include "net/tls.hpp"

namespace muster::fakes {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
namespace {

constexpr std::size_t large = 16U * 1024 * 1024;
constexpr std::size_t request_bytes_max = 64U * 1024 * 1024;

constexpr std::array<std::pair<std::string_view, Fault>, 11> words{{
    {"none", Fault::none},
    {"slow", Fault::slow},
    {"limited", Fault::limited},
    {"limited_seconds", Fault::limited_seconds},
    {"limited_date", Fault::limited_date},
    {"error", Fault::error},
    {"unavailable", Fault::unavailable},
    {"truncated", Fault::truncated},
    {"reset", Fault::reset},
    {"wrong_type", Fault::wrong_type},
    {"too_large", Fault::too_large},
}};

bool is_own(const net::Request& request) {
    return request.path.starts_with("/fake/");
}

/// The answer in place of the handler's, for faults without an effect.
std::optional<net::Response> refusal(Fault fault) {
    net::Response response{.status = 429, .body = R"({"message":"slow down"})"};
    switch (fault) {
        case Fault::limited: return response;
        case Fault::limited_seconds:
            response.headers.push_back(net::Header{"Retry-After", "1"});
            return response;
        case Fault::limited_date:
            response.headers.push_back(net::Header{"Date", "Mon, 23 Nov 2026 09:59:59 GMT"});
            response.headers.push_back(net::Header{"Retry-After", "Mon, 23 Nov 2026 10:00:00 GMT"});
            return response;
        case Fault::error:
            response.status = 500;
            response.body = R"({"message":"internal error"})";
            return response;
        case Fault::unavailable:
            response.status = 503;
            response.content_type = "text/plain";
            response.body = "no healthy upstream";
            response.headers.push_back(net::Header{"Retry-After", "1"});
            return response;
        case Fault::none:
        case Fault::slow:
        case Fault::truncated:
        case Fault::reset:
        case Fault::wrong_type:
        case Fault::too_large: return std::nullopt;
    }
    return std::nullopt;
}

void spoil(net::Response& response, Fault fault) {
    if (fault == Fault::wrong_type) response.content_type = "text/html; charset=utf-8";
    if (fault == Fault::too_large) response.body.append(large, ' ');
}

std::string to_text(const net::Response& response) {
    std::string text = fmt::format("HTTP/1.1 {} -\r\nConnection: close\r\nContent-Length: {}\r\n",
                                   response.status, response.body.size());
    if (!response.content_type.empty()) {
        text += fmt::format("Content-Type: {}\r\n", response.content_type);
    }
    for (const net::Header& header : response.headers) {
        text += fmt::format("{}: {}\r\n", header.name, header.value);
    }
    return text + "\r\n" + response.body;
}

net::Request to_request(const http::request<http::string_body>& message) {
    net::Request request;
    request.method = message.method_string();
    const std::string_view target = message.target();
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    for (const auto& field : message) {
        request.headers.push_back(net::HeaderView{field.name_string(), field.value()});
    }
    request.body = message.body();
    return request;
}

}  // namespace

std::optional<Fault> parse_fault(std::string_view word) {
    for (const auto& [name, fault] : words) {
        if (name == word) return fault;
    }
    return std::nullopt;
}

FakeServer::FakeServer(Answer answer, FakeServerOptions options)
    : m_answer(std::move(answer)),
      m_acceptor(m_context, tcp::endpoint(asio::ip::address_v4::loopback(), options.port)) {
    const bool is_tls = !options.tls.certificate_chain.empty();
    if (is_tls) m_tls.emplace(net::make_server_tls(options.tls));
    m_url = fmt::format("{}://127.0.0.1:{}", is_tls ? "https" : "http",
                        m_acceptor.local_endpoint().port());
    asio::co_spawn(m_context, accept_all(), asio::detached);
    m_thread = std::thread([this] { m_context.run(); });
}

FakeServer::~FakeServer() {
    m_context.stop();
    m_thread.join();
}

void FakeServer::set_faults(Faults faults) {
    const std::lock_guard lock(m_mutex);
    m_faults = std::move(faults);
}

std::vector<std::string> FakeServer::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

std::size_t FakeServer::most_at_once() const {
    const std::lock_guard lock(m_mutex);
    return m_most_at_once;
}

void FakeServer::count_exchange(int change) {
    const std::lock_guard lock(m_mutex);
    m_under_way += static_cast<std::size_t>(change);
    m_most_at_once = std::max(m_most_at_once, m_under_way);
}

asio::awaitable<void> FakeServer::accept_all() {
    for (;;) {
        tcp::socket socket = co_await m_acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(m_context, serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> FakeServer::serve(tcp::socket socket) {
    error_code error;
    bool is_reset = false;
    if (m_tls) {
        asio::ssl::stream<tcp::socket&> stream(socket, *m_tls);
        co_await stream.async_handshake(asio::ssl::stream_base::server,
                                        asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        is_reset = co_await exchange(stream);
        if (!is_reset) {
            co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
        }
    } else {
        is_reset = co_await exchange(socket);
    }
    // Closing with bytes still under way and no patience is what sends a reset.
    if (is_reset) socket.set_option(asio::socket_base::linger(true, 0), error);
    socket.close(error);
}

/// Says whether the connection is to be reset.
template <class Stream>
asio::awaitable<bool> FakeServer::exchange(Stream& stream) {
    error_code error;
    boost::beast::flat_buffer buffer;
    http::request_parser<http::string_body> parser;
    parser.body_limit(request_bytes_max);
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    const net::Request request = to_request(parser.get());
    count_exchange(1);
    const Fault fault = next_fault(request);
    auto refused = refusal(fault);
    net::Response response = refused ? std::move(*refused) : m_answer(request);
    if (fault == Fault::slow) {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        {
            const std::lock_guard lock(m_mutex);
            timer.expires_after(m_faults.delay);
        }
        co_await timer.async_wait(asio::use_awaitable);
    }
    count_exchange(-1);
    if (fault == Fault::reset) co_return true;
    spoil(response, fault);
    std::string text = to_text(response);
    if (fault == Fault::truncated) text.resize(text.size() - (response.body.size() + 1) / 2);
    co_await asio::async_write(stream, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, error));
    co_return false;
}

Fault FakeServer::next_fault(const net::Request& request) {
    if (is_own(request)) return Fault::none;
    const std::lock_guard lock(m_mutex);
    m_requests.push_back(fmt::format("{} {}{}{}", request.method, request.path,
                                     request.query.empty() ? "" : "?", request.query));
    const bool is_meant = m_faults.method.empty() || m_faults.method == request.method;
    if (m_faults.count <= 0 || !is_meant) return Fault::none;
    if (m_faults.after > 0) {
        --m_faults.after;
        return Fault::none;
    }
    --m_faults.count;
    return m_faults.fault;
}

}  // namespace muster::fakes
