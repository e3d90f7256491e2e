// The listening socket, the watchdog over all connections, and the graceful stop.
// SPDX-License-Identifier: Apache-2.0
#include "net/server.hpp"

#include <optional>
#include <stdexcept>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "net/session.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"

namespace muster::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, IoExecutor>;
using TimePoint = std::chrono::steady_clock::time_point;

/// Beyond this many surplus connections at a time, further ones are closed without an answer.
constexpr std::size_t surplus_max = 64;
constexpr std::chrono::milliseconds accept_pause{100};

/// While stopping, the watchdog also looks whether the last connection has gone.
constexpr std::chrono::milliseconds stop_interval{5};

/// How often deadlines are looked at: one timer for all connections costs a request nothing.
std::chrono::milliseconds watch_interval(const ServerLimits& limits) {
    const auto shortest = std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout,
                                    limits.handler_timeout, limits.write_timeout});
    return std::clamp(shortest / 8, std::chrono::milliseconds(1), std::chrono::milliseconds(100));
}

tcp::endpoint resolve(asio::io_context& context, const std::string& host, std::uint16_t port) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (!error) return {address, port};
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
    if (error || found.empty()) {
        throw std::runtime_error(
            fmt::format("cannot listen on {}: {}", to_authority(host, port), error.message()));
    }
    return found.begin()->endpoint();
}

Acceptor listen(asio::io_context& context, const std::string& host, std::uint16_t port) {
    const tcp::endpoint endpoint = resolve(context, host, port);
    Acceptor acceptor(context.get_executor());
    try {
        acceptor.open(endpoint.protocol());
        acceptor.set_option(Acceptor::reuse_address(true));
        acceptor.bind(endpoint);
        acceptor.listen();
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(fmt::format("cannot listen on {}: {}", to_authority(host, port),
                                             error.code().message()));
    }
    return acceptor;
}

ProxyAddresses parse_proxies(const std::vector<std::string>& blocks) {
    auto proxies = ProxyAddresses::parse(blocks);
    if (!proxies) throw std::runtime_error(proxies.error());
    return std::move(*proxies);
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& context, const ServerOptions& options, Handler handler,
         Observer observer, base::Random& random)
        : m_sessions(std::make_shared<SessionContext>(
              options.limits, parse_proxies(options.trusted_proxies), std::move(handler),
              std::move(observer), random)),
          m_acceptor(listen(context, options.host, options.port)),
          m_accept_timer(context),
          m_watch_timer(context),
          m_watch_interval(watch_interval(options.limits)) {
        if (!options.tls.certificate_chain.empty()) m_tls.emplace(make_server_tls(options.tls));
        const tcp::endpoint endpoint = m_acceptor.local_endpoint();
        m_url = fmt::format("{}://{}", m_tls ? "https" : "http",
                            to_authority(endpoint.address().to_string(), endpoint.port()));
    }

    static asio::awaitable<void> accept_all(std::shared_ptr<Impl> self);
    void watch();
    void stop(std::chrono::milliseconds patience);
    void abort();
    const std::string& url() const { return m_url; }
    std::size_t connection_count() const { return m_sessions->admitted_count; }

private:
    void admit(TcpSocket socket);
    void abort_sessions() {
        for (Connection* connection : m_sessions->connections) connection->abort();
    }

    std::shared_ptr<SessionContext> m_sessions;
    std::optional<asio::ssl::context> m_tls;
    Acceptor m_acceptor;
    std::string m_url;
    asio::steady_timer m_accept_timer;
    asio::steady_timer m_watch_timer;
    std::chrono::milliseconds m_watch_interval;
    TimePoint m_abort_at = TimePoint::max();
};

asio::awaitable<void> Server::Impl::accept_all(std::shared_ptr<Impl> self) {
    bool was_failing = false;
    while (self->m_acceptor.is_open()) {
        error_code error;
        TcpSocket socket = co_await self->m_acceptor.async_accept(
            asio::redirect_error(asio::use_awaitable, error));
        if (!self->m_acceptor.is_open()) co_return;
        if (!error) {
            was_failing = false;
            self->admit(std::move(socket));
            continue;
        }
        if (error == asio::error::connection_aborted) continue;
        // Most likely no descriptor is free: the connection stays in the queue, and trying again at
        // once would only spin.
        if (!was_failing) {
            base::log(base::LogLevel::error, "accept_failed", {{"reason", error.message()}});
        }
        was_failing = true;
        self->m_accept_timer.expires_after(accept_pause);
        co_await self->m_accept_timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
}

void Server::Impl::admit(TcpSocket socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;
    socket.set_option(tcp::no_delay(true), error);
    const bool is_full = m_sessions->admitted_count >= m_sessions->limits.connections_max;
    if (is_full && m_sessions->surplus_count >= surplus_max) return;
    start_session(m_sessions, std::move(socket), peer.address(),
                  is_full ? Admission::surplus : Admission::admitted, m_tls ? &*m_tls : nullptr);
}

void Server::Impl::watch() {
    m_watch_timer.expires_after(m_watch_interval);
    m_watch_timer.async_wait([self = shared_from_this()](const error_code& error) {
        if (error) return;
        const TimePoint now = std::chrono::steady_clock::now();
        for (Connection* connection : self->m_sessions->connections) {
            connection->check_deadline(now);
        }
        if (now >= self->m_abort_at) self->abort_sessions();
        if (!self->m_sessions->is_stopping || !self->m_sessions->connections.empty()) self->watch();
    });
}

void Server::Impl::stop(std::chrono::milliseconds patience) {
    error_code ignored;
    m_acceptor.close(ignored);
    m_accept_timer.cancel();
    m_sessions->is_stopping = true;
    m_abort_at = std::chrono::steady_clock::now() + patience;
    for (Connection* connection : m_sessions->connections) connection->close_if_idle();
    m_watch_interval = stop_interval;
    watch();
}

void Server::Impl::abort() {
    stop(std::chrono::milliseconds(0));
    m_watch_timer.cancel();
    abort_sessions();
}

Server::Server(asio::io_context& context, ServerOptions options, Handler handler, Observer observer,
               base::Random& random)
    : m_impl(std::make_shared<Impl>(context, options, std::move(handler), std::move(observer),
                                    random)) {
    asio::co_spawn(context, Impl::accept_all(m_impl), asio::detached);
    m_impl->watch();
}

Server::~Server() {
    m_impl->abort();
}

std::string Server::url() const {
    return m_impl->url();
}
std::size_t Server::connection_count() const {
    return m_impl->connection_count();
}
void Server::stop(std::chrono::milliseconds patience) {
    m_impl->stop(patience);
}

}  // namespace muster::net
