// The addresses that the simulated network gives to its nodes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace muster::networks {

using Ipv4 = std::uint32_t;

std::string to_text(Ipv4 address);
/// Four decimal numbers. Empty: not an address.
std::optional<Ipv4> parse_ipv4(std::string_view text);

/// 100.64.0.0/10 (RFC 6598) without its first and last address.
inline constexpr Ipv4 pool_first = (100U << 24) + (64U << 16) + 1;
inline constexpr Ipv4 pool_last = (100U << 24) + (128U << 16) - 2;

/// Each address at most once at a time; one that came back is not given again before the others
/// had their turn, so that a stale record does not point at a new node.
class AddressPool {
public:
    explicit AddressPool(Ipv4 first = pool_first, Ipv4 last = pool_last);
    /// Empty: none is free.
    std::optional<Ipv4> take();
    /// An address from an earlier run. False: it is taken, or not of this pool.
    bool claim(Ipv4 address);
    void give_back(Ipv4 address) { m_taken.erase(address); }

private:
    Ipv4 m_first;
    Ipv4 m_last;
    Ipv4 m_next;
    std::unordered_set<Ipv4> m_taken;
};

}  // namespace muster::networks
