// Address blocks, compared as bits of IPv6.
// SPDX-License-Identifier: Apache-2.0
#include "net/proxy_addresses.hpp"

#include <charconv>
#include <ranges>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <fmt/format.h>

#include "net/header_text.hpp"

namespace muster::net {
namespace {

namespace ip = boost::asio::ip;

std::array<unsigned char, 16> to_bits(const ip::address& address) {
    if (address.is_v6()) return address.to_v6().to_bytes();
    return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

std::optional<ip::address> parse_address(std::string_view text) {
    boost::system::error_code error;
    ip::address address = ip::make_address(text, error);
    if (error) return std::nullopt;
    // A scope names an interface of the machine that wrote it; it means nothing here.
    if (address.is_v6() && address.to_v6().scope_id() != 0) return std::nullopt;
    return address;
}

/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80".
std::optional<ip::address> parse_forwarded(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        return parse_address(text.substr(1, end - 1));
    }
    if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
    return parse_address(text);
}

bool starts_alike(const std::array<unsigned char, 16>& left,
                  const std::array<unsigned char, 16>& right, unsigned bits) {
    const unsigned whole = bits / 8;
    if (!std::equal(left.begin(), left.begin() + whole, right.begin())) return false;
    const unsigned rest = bits % 8;
    if (rest == 0) return true;
    return ((left.at(whole) ^ right.at(whole)) >> (8 - rest)) == 0;
}

}  // namespace

ip::address unmapped(const ip::address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

std::optional<ProxyAddresses::Block> ProxyAddresses::parse_block(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned width = address->is_v4() ? 32 : 128;
    unsigned prefix = width;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const char* end = digits.data() + digits.size();
        const auto [rest, error] = std::from_chars(digits.data(), end, prefix);
        if (error != std::errc() || rest != end || prefix > width) return std::nullopt;
    }
    return Block{to_bits(*address), prefix + 128 - width};
}

std::expected<ProxyAddresses, std::string> ProxyAddresses::parse(
    const std::vector<std::string>& blocks) {
    ProxyAddresses addresses;
    for (const std::string& text : blocks) {
        const auto block = parse_block(text);
        if (!block) {
            return std::unexpected(
                fmt::format("trusted proxy \"{}\" is neither an address nor a CIDR block", text));
        }
        addresses.m_blocks.push_back(*block);
    }
    return addresses;
}

bool ProxyAddresses::contains(const ip::address& address) const {
    const auto bits = to_bits(address);
    return std::ranges::any_of(m_blocks, [&](const Block& block) {
        return starts_alike(block.address, bits, block.prefix_bits);
    });
}

ip::address ProxyAddresses::client_behind(const ip::address& peer,
                                          const std::vector<HeaderView>& headers) const {
    ip::address nearest = unmapped(peer);
    for (const HeaderView& field : headers | std::views::reverse) {
        if (!equals_ignoring_case(field.name, "X-Forwarded-For")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const auto comma = rest.rfind(',');
            const auto start = comma == std::string_view::npos ? 0 : comma + 1;
            const auto address = parse_forwarded(trim_blanks(rest.substr(start)));
            if (!address) return nearest;
            nearest = unmapped(*address);
            if (!contains(nearest)) return nearest;
            rest = rest.substr(0, start == 0 ? 0 : comma);
        }
    }
    return nearest;
}

}  // namespace muster::net
