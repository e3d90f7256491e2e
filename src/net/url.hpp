// The parts of an http or https URL, for the client; and host:port, for both sides.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace muster::net {

struct Url {
    bool is_tls = false;
    std::string host;  ///< without the brackets of an IPv6 address
    std::uint16_t port = 0;
    std::string target;  ///< path and query; at least "/"

    /// As the Host field wants it: without the scheme's usual port.
    std::string authority() const;
};

/// Fails with one sentence. No user name or password is taken; a fragment is dropped.
std::expected<Url, std::string> parse_url(std::string_view text);

/// "192.0.2.1:80", "[2001:db8::1]:80".
std::string to_authority(std::string_view host, std::uint16_t port);

}  // namespace muster::net
