// Which peers are proxies of ours, and which client stands behind them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "net/http.hpp"

namespace muster::net {

class ProxyAddresses {
public:
    ProxyAddresses() = default;

    /// Addresses and CIDR blocks, IPv4 and IPv6. Fails with one sentence that names the bad one.
    static std::expected<ProxyAddresses, std::string> parse(const std::vector<std::string>& blocks);

    bool contains(const boost::asio::ip::address& address) const;

    /// For a peer that is one of ours: the right-most address of X-Forwarded-For that isn't; the
    /// left-most if all are; what stands right of it if an entry is no address.
    boost::asio::ip::address client_behind(const boost::asio::ip::address& peer,
                                           const std::vector<HeaderView>& headers) const;

private:
    struct Block {
        std::array<unsigned char, 16> address;  ///< IPv4 as v4-mapped
        unsigned prefix_bits;
    };
    static std::optional<Block> parse_block(std::string_view text);

    std::vector<Block> m_blocks;
};

/// A v4-mapped IPv6 address as the IPv4 address that it stands for.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

}  // namespace muster::net
