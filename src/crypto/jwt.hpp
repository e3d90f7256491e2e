// JSON Web Tokens: JWS compact form (RFC 7515), claims (RFC 7519), keys (RFC 7517, 7638).
// HS256 and ES256, and RS256 for keys of others; "none" and everything else is refused.
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

enum class JwtAlgorithm { hs256, es256, rs256 };

/// One key, whole or its public half. Copies share the parsed key. Any thread.
class JwtKey {
public:
    /// From OpenSSL's own generator: it takes no other source of randomness.
    static JwtKey generate_es256();
    /// PKCS #8 PEM, as to_pem() writes it. Empty: not a P-256 private key.
    static std::optional<JwtKey> parse_es256(const base::Secret<std::string>& pem);
    /// Fails (empty) below 32 bytes: RFC 7518 section 3.2.
    static std::optional<JwtKey> from_shared_secret(const base::Secret<std::string>& secret);
    /// A public key that somebody else signs with: kty EC with crv P-256, or RSA of 2048 to 4096
    /// bits. Empty: another kind, another use, no such key.
    static std::optional<JwtKey> parse_jwk(const boost::json::object& jwk);

    JwtAlgorithm algorithm() const;
    /// A JWK's kid; otherwise the RFC 7638 thumbprint; empty for HS256, whose tokens need no kid.
    const std::string& id() const;
    base::Secret<std::string> to_pem() const;  ///< ES256 with its private half only
    boost::json::object public_jwk() const;    ///< ES256 only: kty crv x y kid alg use key_ops

    /// Stops the program for a public half.
    std::string sign(const boost::json::object& claims) const;

private:
    friend class JwtVerifier;
    struct Impl;
    explicit JwtKey(std::shared_ptr<const Impl> impl);
    std::shared_ptr<const Impl> m_impl;
};

/// Keys of one JWKS that are read; beyond, the document is refused.
inline constexpr std::size_t jwks_keys_max = 50;

/// The keys of {"keys":[...]} that parse_jwk() takes; others are passed over. Empty: no JWKS.
std::optional<std::vector<JwtKey>> parse_jwks(std::string_view text);

/// Why a token is not believed. The text is PostgREST's or GoTrue's business, not ours.
enum class JwtFault {
    empty,
    wrong_part_count,       ///< not three parts: see part_count_of()
    malformed,              ///< no base64, no JSON, too long, a header that cannot be
    unsupported_algorithm,  ///< none, HS512 and the like
    unknown_key,
    bad_signature,
    bad_claims,  ///< signed, but no object, without an end, or times that are no numbers
    expired,
    not_yet_valid,     ///< nbf
    issued_in_future,  ///< iat
};

/// Parts between the dots.
std::size_t part_count_of(std::string_view token);

/// Tokens longer than this are malformed, unread.
inline constexpr std::size_t jwt_length_max = std::size_t{8} * 1024;
/// Objects and arrays in each other: deeper tokens are malformed.
inline constexpr std::size_t jwt_depth_max = 32;
/// exp, nbf and iat may be off by this much.
inline constexpr std::chrono::seconds jwt_clock_skew{30};

/// Who holds the key that a token was signed with.
enum class KeyOwner {
    server,   ///< this installation's own key
    shared,   ///< auth.jwt_secret: this server, or the project that it comes from
    foreign,  ///< another project, known by its public half
};

struct VerifiedToken {
    boost::json::object claims;
    KeyOwner owner;
};

/// Not thread-safe against set_keys() and set_foreign_keys().
class JwtVerifier {
public:
    /// ES256 keys are the server's own, HS256 keys shared secrets.
    explicit JwtVerifier(std::vector<JwtKey> keys);

    /// A token signed with one of the keys and valid at `now`. A kid that is known decides; another
    /// one leaves the shared secrets for HS256 and nothing else, as GoTrue has it. Without a kid,
    /// every key of the token's algorithm is tried. An exp must be there.
    std::expected<VerifiedToken, JwtFault> examine(
        std::string_view token, std::chrono::sys_time<std::chrono::microseconds> now) const;
    /// Its claims alone.
    std::expected<boost::json::object, JwtFault> verify(
        std::string_view token, std::chrono::sys_time<std::chrono::microseconds> now) const;

    /// Replaces the server's own keys and the shared secrets.
    void set_keys(std::vector<JwtKey> keys) { m_keys = std::move(keys); }
    /// Replaces those that were set before.
    void set_foreign_keys(std::vector<JwtKey> keys) { m_foreign_keys = std::move(keys); }

    /// {"keys":[...]}: the server's own public halves; HMAC keys are never listed.
    boost::json::object jwks() const;

private:
    std::vector<const JwtKey*> keys_for(JwtAlgorithm algorithm,
                                        const std::optional<std::string>& kid) const;

    std::vector<JwtKey> m_keys;
    std::vector<JwtKey> m_foreign_keys;
};

}  // namespace muster::crypto
