// One HTTP exchange on a connection of its own, under one deadline.
// SPDX-License-Identifier: Apache-2.0
#include "net/client.hpp"

#include <memory>
#include <optional>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "net/header_text.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"

namespace muster::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using Outcome = std::expected<ClientResponse, ClientError>;
using Failure = std::unexpected<ClientError>;

constexpr unsigned header_bytes_max = 64 * 1024;
constexpr int interim_answers_max = 8;

Failure fail(ClientFault fault, std::string message) {
    return Failure(ClientError{fault, std::move(message)});
}

/// Owned by the coroutine and by the callbacks that may come after it has ended.
class Call : public std::enable_shared_from_this<Call> {
public:
    Call(const asio::any_io_executor& executor, ClientRequest request, Url url,
         std::optional<Url> proxy)
        : m_request(std::move(request)),
          m_url(std::move(url)),
          m_proxy(std::move(proxy)),
          m_resolver(executor),
          m_socket(executor),
          m_deadline(executor),
          m_resolved(executor) {}

    static awaitable<Outcome> run(std::shared_ptr<Call> self);

private:
    void start_deadline();
    awaitable<error_code> resolve();
    awaitable<Outcome> connect_and_exchange();
    awaitable<std::optional<ClientError>> open_tunnel();
    awaitable<Outcome> exchange_over_tls();
    template <class Stream>
    awaitable<Outcome> exchange(Stream& stream);
    http::request<http::string_body> to_message() const;

    /// Whom the connection is made to.
    const Url& peer() const { return m_proxy ? *m_proxy : m_url; }
    std::string where() const { return to_authority(m_url.host, m_url.port); }
    std::string where_peer() const {
        return fmt::format("{}{}", m_proxy ? "proxy " : "", to_authority(peer().host, peer().port));
    }
    ClientError to_error(ClientFault fault, std::string_view doing, std::string_view whom,
                         const std::string& reason) const;
    Failure failed(ClientFault fault, std::string_view doing, const std::string& reason) const {
        return Failure(to_error(fault, doing, where(), reason));
    }

    ClientRequest m_request;
    Url m_url;
    std::optional<Url> m_proxy;
    tcp::resolver m_resolver;
    tcp::socket m_socket;
    asio::steady_timer m_deadline;
    asio::steady_timer m_resolved;  ///< cancelled to say that the names are there
    std::optional<error_code> m_resolve_error;
    tcp::resolver::results_type m_endpoints;
    bool m_is_late = false;
    bool m_is_sent = false;
};

ClientError Call::to_error(ClientFault fault, std::string_view doing, std::string_view whom,
                           const std::string& reason) const {
    ClientError error{fault, fmt::format("cannot {} {}: {}", doing, whom, reason), m_is_sent};
    if (m_is_late) {
        error.fault = ClientFault::timeout;
        error.message =
            fmt::format("{} did not answer within {} ms", where(), m_request.timeout.count());
    }
    return error;
}

void Call::start_deadline() {
    m_deadline.expires_after(m_request.timeout);
    m_deadline.async_wait([weak = weak_from_this()](const error_code& error) {
        const auto self = weak.lock();
        if (error || !self) return;
        error_code ignored;
        self->m_is_late = true;
        self->m_resolved.cancel();
        self->m_socket.close(ignored);
    });
}

/// The system's resolver can't be interrupted: a late call leaves it behind.
awaitable<error_code> Call::resolve() {
    m_resolved.expires_at(asio::steady_timer::time_point::max());
    m_resolver.async_resolve(
        peer().host, std::to_string(peer().port), tcp::resolver::numeric_service,
        [self = shared_from_this()](const error_code& error, tcp::resolver::results_type found) {
            self->m_resolve_error = error;
            self->m_endpoints = std::move(found);
            self->m_resolved.cancel();
        });
    error_code cancelled;
    co_await m_resolved.async_wait(redirect_error(use_awaitable, cancelled));
    co_return m_resolve_error.value_or(asio::error::timed_out);
}

awaitable<Outcome> Call::run(std::shared_ptr<Call> self) {
    self->start_deadline();
    const error_code unresolved = co_await self->resolve();
    if (unresolved) {
        co_return Failure(self->to_error(ClientFault::unreachable, "find", self->where_peer(),
                                         unresolved.message()));
    }
    Outcome outcome = co_await self->connect_and_exchange();
    self->m_deadline.cancel();
    co_return outcome;
}

awaitable<Outcome> Call::connect_and_exchange() {
    error_code error;
    if (!m_is_late) {
        co_await asio::async_connect(m_socket, m_endpoints, redirect_error(use_awaitable, error));
    }
    if (error || m_is_late) {
        co_return Failure(
            to_error(ClientFault::unreachable, "reach", where_peer(), error.message()));
    }
    m_socket.set_option(tcp::no_delay(true), error);
    if (m_url.is_tls && m_proxy) {
        const auto refused = co_await open_tunnel();
        if (refused) co_return Failure(*refused);
    }
    if (m_url.is_tls) co_return co_await exchange_over_tls();
    co_return co_await exchange(m_socket);
}

/// RFC 9110 section 9.3.6: what follows a 2xx is the server's, byte by byte.
awaitable<std::optional<ClientError>> Call::open_tunnel() {
    http::request<http::empty_body> message(http::verb::connect, where(), 11);
    message.set(http::field::host, where());
    message.set(http::field::user_agent, "muster/" MUSTER_VERSION);
    error_code error;
    co_await http::async_write(m_socket, message, redirect_error(use_awaitable, error));
    boost::beast::flat_buffer buffer;
    http::response_parser<http::empty_body> parser;
    parser.header_limit(header_bytes_max);
    parser.skip(true);
    if (!error) {
        co_await http::async_read_header(m_socket, buffer, parser,
                                         redirect_error(use_awaitable, error));
    }
    std::string reason = error.message();
    if (!error) {
        const unsigned status = parser.get().result_int();
        // A server speaks TLS only when spoken to: more bytes would be the proxy's own.
        if (status / 100 == 2 && buffer.size() == 0) co_return std::nullopt;
        reason = fmt::format("it answers {} to CONNECT {}", status, where());
    }
    co_return to_error(ClientFault::unreachable, "go through", where_peer(), reason);
}

awaitable<Outcome> Call::exchange_over_tls() {
    std::optional<asio::ssl::context> tls;
    std::string unusable;
    try {
        tls.emplace(make_client_tls(m_request.ca_file));
    } catch (const std::runtime_error& error) {
        unusable = error.what();
    }
    if (!tls) co_return fail(ClientFault::tls, unusable);
    asio::ssl::stream<tcp::socket&> stream(m_socket, *tls);
    error_code is_name;
    asio::ip::make_address(m_url.host, is_name);
    if (is_name) {
        // What the macro SSL_set_tlsext_host_name does, without its cast.
        std::string name = m_url.host;
        SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 name.data());
    }
    error_code error;
    stream.set_verify_callback(asio::ssl::host_name_verification(m_url.host), error);
    co_await stream.async_handshake(asio::ssl::stream_base::client,
                                    redirect_error(use_awaitable, error));
    if (error) {
        const long verdict = SSL_get_verify_result(stream.native_handle());
        co_return failed(
            ClientFault::tls, "set up TLS with",
            verdict == X509_V_OK ? error.message() : X509_verify_cert_error_string(verdict));
    }
    Outcome outcome = co_await exchange(stream);
    co_return outcome;
}

http::request<http::string_body> Call::to_message() const {
    http::request<http::string_body> message;
    message.version(11);
    message.method_string(m_request.method);
    // RFC 9112 section 3.2.2: a proxy is told the whole URL; in a tunnel there is none.
    const bool is_told_all = m_proxy && !m_url.is_tls;
    message.target(is_told_all ? fmt::format("http://{}{}", m_url.authority(), m_url.target)
                               : m_url.target);
    message.set(http::field::host, m_url.authority());
    message.set(http::field::user_agent, "muster/" MUSTER_VERSION);
    for (const Header& header : m_request.headers) message.set(header.name, header.value);
    message.set(http::field::connection, "close");
    message.body() = m_request.body;
    const bool may_lack_body = m_request.method == "GET" || m_request.method == "HEAD";
    if (!m_request.body.empty() || !may_lack_body) message.content_length(m_request.body.size());
    return message;
}

template <class Stream>
awaitable<Outcome> Call::exchange(Stream& stream) {
    error_code error;
    http::request<http::string_body> message = to_message();
    m_is_sent = true;
    co_await http::async_write(stream, message, redirect_error(use_awaitable, error));
    // A server that refuses a large body may have answered before it has read everything.
    const error_code unsent = error;
    boost::beast::flat_buffer buffer;
    for (int count = 0; count < interim_answers_max; ++count) {
        http::response_parser<http::string_body> parser;
        parser.header_limit(header_bytes_max);
        parser.body_limit(m_request.body_bytes_max);
        parser.skip(m_request.method == "HEAD");
        co_await http::async_read(stream, buffer, parser, redirect_error(use_awaitable, error));
        if (error == http::error::body_limit || error == http::error::header_limit) {
            const std::size_t limit =
                error == http::error::body_limit ? m_request.body_bytes_max : header_bytes_max;
            co_return Failure(ClientError{ClientFault::too_large,
                                          fmt::format("{} sent more than {} bytes", where(), limit),
                                          m_is_sent});
        }
        if (error) {
            co_return failed(ClientFault::broken, "read an answer of",
                             (unsent ? unsent : error).message());
        }
        if (parser.get().result_int() < 200) continue;
        ClientResponse response;
        response.status = parser.get().result_int();
        for (const auto& field : parser.get()) {
            response.headers.push_back(
                Header{std::string(field.name_string()), std::string(field.value())});
        }
        response.body = std::move(parser.get().body());
        co_return response;
    }
    co_return failed(ClientFault::broken, "read an answer of", "only interim answers came");
}

/// What would let a caller's value write headers of its own, or change the framing.
std::optional<std::string> find_flaw(const ClientRequest& request) {
    if (!is_token(request.method)) return "the method is not a word";
    for (const Header& header : request.headers) {
        if (!is_token(header.name)) return "a header's name is not valid";
        if (!is_field_value(header.value)) {
            return fmt::format("the header {} holds a control character", header.name);
        }
        if (equals_ignoring_case(header.name, "Content-Length") ||
            equals_ignoring_case(header.name, "Transfer-Encoding")) {
            return fmt::format("the header {} is the client's own", header.name);
        }
    }
    return std::nullopt;
}

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
    for (const Header& field : headers) {
        if (equals_ignoring_case(field.name, name)) return field.value;
    }
    return {};
}

awaitable<Outcome> send(ClientRequest request) {
    auto url = parse_url(request.url);
    if (!url) co_return fail(ClientFault::bad_url, url.error());
    if (const auto flaw = find_flaw(request)) co_return fail(ClientFault::broken, *flaw);
    std::optional<Url> proxy;
    if (!request.proxy_url.empty()) {
        auto parsed = parse_url(request.proxy_url);
        if (!parsed) co_return fail(ClientFault::bad_url, "the proxy: " + parsed.error());
        if (parsed->is_tls) {
            co_return fail(ClientFault::bad_url, "the proxy: only http:// is spoken to proxies");
        }
        proxy.emplace(std::move(*parsed));
    }
    const auto executor = co_await asio::this_coro::executor;
    const auto call =
        std::make_shared<Call>(executor, std::move(request), std::move(*url), std::move(proxy));
    co_return co_await Call::run(call);
}

Outcome send_now(const ClientRequest& request) {
    asio::io_context context(1);
    std::optional<Outcome> outcome;
    std::exception_ptr failure;
    asio::co_spawn(context, send(request), [&](std::exception_ptr thrown, Outcome received) {
        failure = std::move(thrown);
        outcome.emplace(std::move(received));
        context.stop();
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*outcome);
}

}  // namespace muster::net
