// Addresses: text form and the pool.
// SPDX-License-Identifier: Apache-2.0
#include "networks/simulated/addresses.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace muster::networks {

std::string to_text(Ipv4 address) {
    return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                       address & 255);
}

std::optional<Ipv4> parse_ipv4(std::string_view text) {
    in_addr address{};
    if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
    return ntohl(address.s_addr);
}

AddressPool::AddressPool(Ipv4 first, Ipv4 last) : m_first(first), m_last(last), m_next(first) {}

std::optional<Ipv4> AddressPool::take() {
    if (m_taken.size() > m_last - m_first) return std::nullopt;
    while (true) {  // ends: one is free
        const Ipv4 address = m_next;
        m_next = address == m_last ? m_first : address + 1;
        if (m_taken.insert(address).second) return address;
    }
}

bool AddressPool::claim(Ipv4 address) {
    if (address < m_first || address > m_last || !m_taken.insert(address).second) return false;
    if (address >= m_next) m_next = address == m_last ? m_first : address + 1;
    return true;
}

}  // namespace muster::networks
