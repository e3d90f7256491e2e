// The load generator's HTTP, on plain sockets.
// SPDX-License-Identifier: Apache-2.0
#include "exchange.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace muster::bench {
namespace {

constexpr std::size_t reply_length_max = 1 << 20;

[[noreturn]] void throw_errno(std::string_view doing) {
    const int error = errno;
    throw BrokenExchange(fmt::format("{}: {}", doing, std::generic_category().message(error)));
}

/// A decimal number at the start of `text`. Throws BrokenExchange.
std::size_t parse_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) throw BrokenExchange("not an HTTP number");
    return number;
}

/// Content-Length of a header block. Throws BrokenExchange where there is none.
std::size_t content_length(std::string_view header) {
    constexpr std::string_view name = "\r\nContent-Length:";
    for (std::size_t at = header.find("\r\n"); at != std::string_view::npos;
         at = header.find("\r\n", at + 2)) {
        if (at + name.size() > header.size()) break;
        if (::strncasecmp(header.data() + at, name.data(), name.size()) != 0) continue;
        std::string_view value = header.substr(at + name.size());
        while (value.starts_with(' ')) value.remove_prefix(1);
        return parse_number(value);
    }
    throw BrokenExchange("an answer without Content-Length");
}

}  // namespace

std::optional<Endpoint> parse_url(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return std::nullopt;
    url.remove_prefix(scheme.size());
    if (url.ends_with('/')) url.remove_suffix(1);
    const std::size_t colon = url.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const std::string_view port = url.substr(colon + 1);
    if (port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    return Endpoint{std::string(url.substr(0, colon)), std::string(port)};
}

Exchange::Exchange(const Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found) != 0) {
        throw BrokenExchange("cannot find " + endpoint.host);
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
    m_socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (m_socket < 0) throw_errno("cannot open a socket");
    if (::connect(m_socket, found->ai_addr, found->ai_addrlen) != 0) {
        const int error = errno;
        ::close(m_socket);
        errno = error;
        throw_errno("cannot connect");
    }
    const int on = 1;
    ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Exchange::~Exchange() {
    if (m_socket >= 0) ::close(m_socket);
}

Exchange::Exchange(Exchange&& other) noexcept
    : m_socket(std::exchange(other.m_socket, -1)), m_input(std::move(other.m_input)) {}

void Exchange::send(std::string_view request) {
    m_input.clear();
    // One request is in flight, and it is smaller than any socket's buffer: it fits or is broken.
    const ssize_t sent =
        ::send(m_socket, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) throw_errno("cannot send");
    if (static_cast<std::size_t>(sent) != request.size()) throw BrokenExchange("sent in part");
}

std::optional<Reply> Exchange::receive() {
    std::array<char, 8192> chunk{};
    const ssize_t count = ::recv(m_socket, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    if (count < 0) throw_errno("cannot receive");
    if (count == 0) throw BrokenExchange("the server closed the connection");
    m_input.append(chunk.data(), static_cast<std::size_t>(count));
    if (m_input.size() > reply_length_max) throw BrokenExchange("an endless answer");

    const std::string_view input = m_input;
    const std::size_t header_end = input.find("\r\n\r\n");
    if (header_end == std::string_view::npos) return std::nullopt;
    if (!input.starts_with("HTTP/1.1 ")) throw BrokenExchange("not HTTP/1.1");
    const std::size_t body_at = header_end + 4;
    const std::size_t length = content_length(input.substr(0, body_at));
    if (input.size() - body_at < length) return std::nullopt;
    return Reply{static_cast<int>(parse_number(input.substr(9))), input.substr(body_at, length)};
}

}  // namespace muster::bench
