// Who sends a request: the client's address, whether it came encrypted, and the request's id.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/asio/ip/address.hpp>

#include "base/random.hpp"
#include "net/http.hpp"
#include "net/proxy_addresses.hpp"

namespace muster::net {

class Caller {
public:
    Caller(const boost::asio::ip::address& peer, const ProxyAddresses& proxies, bool is_tls);

    /// Fills in client_address, request_id and secure; also for requests refused half-way.
    void identify(Request& request, base::Random& random) const;

private:
    const ProxyAddresses& m_proxies;
    boost::asio::ip::address m_peer;
    std::string m_peer_text;
    bool m_is_proxy;
    bool m_is_tls;
};

/// 1 to 64 of [A-Za-z0-9._-]: then the caller's own X-Request-Id is kept.
bool is_request_id(std::string_view text);

}  // namespace muster::net
