// Takes URLs apart.
// SPDX-License-Identifier: Apache-2.0
#include "net/url.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "net/header_text.hpp"

namespace muster::net {
namespace {

bool is_host_character(char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
}

bool is_address_character(char c) {
    return is_alphanumeric(c) || c == ':' || c == '.';
}

std::string bracketed(std::string_view host) {
    return host.contains(':') ? fmt::format("[{}]", host) : std::string(host);
}

bool parse_port(std::string_view text, std::uint16_t& port) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, port);
    return error == std::errc() && rest == end && port != 0;
}

std::expected<void, std::string> parse_authority(std::string_view text, Url& url) {
    if (text.contains('@')) return std::unexpected("a URL with a user name is not accepted");
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::unexpected("the URL's host lacks its ']'");
        url.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else {
        url.host = text.substr(0, text.find(':'));
        rest = text.substr(url.host.size());
    }
    const auto allowed = text.starts_with('[') ? is_address_character : is_host_character;
    if (url.host.empty()) return std::unexpected("the URL names no host");
    if (!std::ranges::all_of(url.host, allowed)) {
        return std::unexpected("the URL's host holds a character that is not allowed there");
    }
    if (rest.empty()) return {};
    if (rest.front() != ':' || !parse_port(rest.substr(1), url.port)) {
        return std::unexpected("the URL's port is not a number from 1 to 65535");
    }
    return {};
}

}  // namespace

std::string Url::authority() const {
    const std::uint16_t usual = is_tls ? 443 : 80;
    return port == usual ? bracketed(host) : to_authority(host, port);
}

std::string to_authority(std::string_view host, std::uint16_t port) {
    return fmt::format("{}:{}", bracketed(host), port);
}

std::expected<Url, std::string> parse_url(std::string_view text) {
    const auto colon = text.find("://");
    const std::string_view scheme = text.substr(0, colon);
    Url url;
    url.is_tls = equals_ignoring_case(scheme, "https");
    if (colon == std::string_view::npos || (!url.is_tls && !equals_ignoring_case(scheme, "http"))) {
        return std::unexpected("the URL does not begin with http:// or https://");
    }
    url.port = url.is_tls ? 443 : 80;
    std::string_view rest = text.substr(colon + 3);
    rest = rest.substr(0, rest.find('#'));
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    if (auto parsed = parse_authority(authority, url); !parsed) {
        return std::unexpected(std::move(parsed.error()));
    }
    rest.remove_prefix(authority.size());
    const auto printable = [](char c) { return c > 0x20 && c < 0x7f; };
    if (!std::ranges::all_of(rest, printable)) {
        return std::unexpected("the URL's path or query holds a character that must be encoded");
    }
    url.target = rest.starts_with('/') ? std::string(rest) : fmt::format("/{}", rest);
    return url;
}

}  // namespace muster::net
