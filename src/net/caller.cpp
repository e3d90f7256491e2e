// Reads what proxies say, if they are ours.
// SPDX-License-Identifier: Apache-2.0
#include "net/caller.hpp"

#include <array>

#include "base/encoding.hpp"
#include "net/header_text.hpp"

namespace muster::net {
namespace {

/// The element that the nearest proxy wrote.
std::string_view forwarded_protocol(const Request& request) {
    std::string_view value;
    for (const HeaderView& field : request.headers) {
        if (equals_ignoring_case(field.name, "X-Forwarded-Proto")) value = field.value;
    }
    const auto comma = value.rfind(',');
    return trim_blanks(comma == std::string_view::npos ? value : value.substr(comma + 1));
}

}  // namespace

bool is_request_id(std::string_view text) {
    const auto allowed = [](char c) {
        return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, allowed);
}

Caller::Caller(const boost::asio::ip::address& peer, const ProxyAddresses& proxies, bool is_tls)
    : m_proxies(proxies),
      m_peer(unmapped(peer)),
      m_peer_text(m_peer.to_string()),
      m_is_proxy(proxies.contains(m_peer)),
      m_is_tls(is_tls) {}

void Caller::identify(Request& request, base::Random& random) const {
    const std::string_view given = request.header("X-Request-Id");
    if (is_request_id(given)) {
        request.request_id = given;
    } else {
        std::array<std::byte, 16> bytes{};
        random.fill(bytes);
        request.request_id = base::to_hex(bytes);
    }
    request.client_address = m_peer_text;
    request.secure = m_is_tls;
    if (!m_is_proxy) return;
    request.client_address = m_proxies.client_behind(m_peer, request.headers).to_string();
    const std::string_view protocol = forwarded_protocol(request);
    if (!protocol.empty()) request.secure = equals_ignoring_case(protocol, "https");
}

}  // namespace muster::net
