// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), to verify only: no key of ours is RSA.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace muster::crypto {

/// Moduli beside these bounds are refused: too weak (RFC 7518), or too slow to be checked.
inline constexpr std::size_t rsa_modulus_bytes_min = 256;
inline constexpr std::size_t rsa_modulus_bytes_max = 512;

/// A public RSA key. Copies share it. Any thread. Throws std::runtime_error if OpenSSL fails.
class Rs256Key {
public:
    /// From a JWK's members, base64url. Empty: no such key, or one out of bounds.
    static std::optional<Rs256Key> parse_public(std::string_view n, std::string_view e);

    const std::string& n() const { return m_n; }
    const std::string& e() const { return m_e; }

    bool verify(std::string_view data, std::span<const std::byte> signature) const;

private:
    struct Half;
    Rs256Key(std::shared_ptr<const Half> half, std::string_view n, std::string_view e)
        : m_half(std::move(half)), m_n(n), m_e(e) {}
    std::shared_ptr<const Half> m_half;
    std::string m_n;
    std::string m_e;
};

}  // namespace muster::crypto
