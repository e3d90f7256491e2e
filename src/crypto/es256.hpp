// ECDSA with P-256 and SHA-256, in the forms that JOSE uses (RFC 7518 section 3.4).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace muster::crypto {

/// r and s, 32 bytes each.
using Es256Signature = std::array<std::byte, 64>;

/// A P-256 key pair. Copies share it. Any thread. Throws std::runtime_error if OpenSSL fails.
class Es256Key {
public:
    static Es256Key generate();
    /// Empty: not a P-256 private key in PEM, encrypted, or of halves that don't belong together.
    static std::optional<Es256Key> parse(const base::Secret<std::string>& pem);
    /// A public half that can only verify, from a JWK's coordinates. Empty: no point of the curve.
    static std::optional<Es256Key> parse_public(std::string_view x, std::string_view y);
    bool is_whole() const { return m_is_whole; }  ///< has its private half
    base::Secret<std::string> to_pem() const;

    const std::string& x() const { return m_x; }  ///< base64url, as a JWK has it
    const std::string& y() const { return m_y; }

    Es256Signature sign(std::string_view data) const;
    bool verify(std::string_view data, std::span<const std::byte> signature) const;

private:
    struct Pair;
    Es256Key(std::shared_ptr<const Pair> pair, bool is_whole);
    std::shared_ptr<const Pair> m_pair;
    bool m_is_whole;
    std::string m_x;
    std::string m_y;
};

}  // namespace muster::crypto
