// JSON Web Tokens: JWS compact form (RFC 7515), claims (RFC 7519), keys (RFC 7517, 7638).
// HS256 and ES256 only; "none" and everything else is refused.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/secret.hpp"

namespace muster::crypto {

enum class JwtAlgorithm { hs256, es256 };

/// One signing key. Copies share the parsed key. Any thread.
class JwtKey {
public:
    /// From OpenSSL's own generator: it takes no other source of randomness.
    static JwtKey generate_es256();
    /// PKCS #8 PEM, as to_pem() writes it. Empty: not a P-256 private key.
    static std::optional<JwtKey> parse_es256(const base::Secret<std::string>& pem);
    /// Fails (empty) below 32 bytes: RFC 7518 section 3.2.
    static std::optional<JwtKey> from_shared_secret(const base::Secret<std::string>& secret);

    JwtAlgorithm algorithm() const;
    /// RFC 7638 thumbprint for ES256; empty for HS256, whose tokens carry no kid.
    const std::string& id() const;
    base::Secret<std::string> to_pem() const;  ///< ES256 only
    boost::json::object public_jwk() const;    ///< ES256 only: kty crv x y kid alg use key_ops

    std::string sign(const boost::json::object& claims) const;

private:
    friend class JwtVerifier;
    struct Impl;
    explicit JwtKey(std::shared_ptr<const Impl> impl);
    std::shared_ptr<const Impl> m_impl;
};

/// Why a token is not believed. The text is PostgREST's or GoTrue's business, not ours.
enum class JwtFault { malformed, unknown_key, bad_signature, expired, not_yet_valid };

/// Tokens longer than this are malformed, unread.
inline constexpr std::size_t jwt_length_max = std::size_t{8} * 1024;
/// Objects and arrays in each other: deeper tokens are malformed.
inline constexpr std::size_t jwt_depth_max = 32;
/// exp, nbf and iat may be off by this much.
inline constexpr std::chrono::seconds jwt_clock_skew{30};

class JwtVerifier {
public:
    explicit JwtVerifier(std::vector<JwtKey> keys);

    /// The claims of a token signed with one of the keys and valid at `now`. A kid must match a
    /// key; without one, every key of the token's algorithm is tried. An exp must be there.
    std::expected<boost::json::object, JwtFault> verify(
        std::string_view token, std::chrono::sys_time<std::chrono::microseconds> now) const;

    /// {"keys":[...]}: the public halves; HMAC keys are never listed.
    boost::json::object jwks() const;

private:
    std::vector<JwtKey> m_keys;
};

}  // namespace muster::crypto
