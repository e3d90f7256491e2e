// JSON Web Tokens: HS256, ES256 and RS256.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwt.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <variant>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/encoding.hpp"
#include "base/stop.hpp"
#include "crypto/digest.hpp"
#include "crypto/es256.hpp"
#include "crypto/rs256.hpp"
#include "crypto/strict_json.hpp"

namespace muster::crypto {
namespace {

namespace json = boost::json;

constexpr std::size_t shared_secret_length_min = 32;

struct Split {
    std::string_view header;
    std::string_view claims;
    std::string_view signature;
    std::string_view signed_text;  ///< header, dot, claims
};

std::optional<Split> split(std::string_view token) {
    const std::size_t first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = token.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const Split parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                      token.substr(second + 1), token.substr(0, second)};
    if (parts.signature.find('.') != std::string_view::npos) return std::nullopt;
    return parts;
}

std::optional<json::object> decode_object(std::string_view part) {
    const auto bytes = base::parse_base64url(part);
    if (!bytes) return std::nullopt;
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    return parse_strict_object(text, jwt_depth_max);
}

std::optional<JwtAlgorithm> algorithm_of(std::string_view name) {
    if (name == "HS256") return JwtAlgorithm::hs256;
    if (name == "ES256") return JwtAlgorithm::es256;
    if (name == "RS256") return JwtAlgorithm::rs256;
    return std::nullopt;
}

struct Header {
    JwtAlgorithm algorithm;
    std::optional<std::string> kid;
};

std::expected<Header, JwtFault> decode_header(std::string_view part) {
    const auto object = decode_object(part);
    if (!object) return std::unexpected(JwtFault::malformed);
    // Extensions that must be understood: we understand none (RFC 7515 section 4.1.11).
    if (object->contains("crit")) return std::unexpected(JwtFault::malformed);
    const json::value* name = object->if_contains("alg");
    if (name == nullptr || !name->is_string()) return std::unexpected(JwtFault::malformed);
    const auto algorithm = algorithm_of(name->get_string());
    if (!algorithm) return std::unexpected(JwtFault::unsupported_algorithm);
    Header header{*algorithm, std::nullopt};
    if (const json::value* kid = object->if_contains("kid")) {
        if (!kid->is_string()) return std::unexpected(JwtFault::malformed);
        header.kid = std::string(kid->get_string());
    }
    return header;
}

using Seconds = std::chrono::duration<double>;

/// A NumericDate (RFC 7519 section 2).
std::optional<Seconds> date_of(const json::value& value) {
    if (!value.is_number()) return std::nullopt;
    const Seconds date(value.to_number<double>());
    if (!std::isfinite(date.count())) return std::nullopt;
    return date;
}

std::optional<JwtFault> fault_of_times(const json::object& claims, Seconds now) {
    const json::value* exp = claims.if_contains("exp");
    if (exp == nullptr) return JwtFault::bad_claims;
    const auto end = date_of(*exp);
    if (!end) return JwtFault::bad_claims;
    std::optional<JwtFault> early;
    const std::pair<std::string_view, JwtFault> starts[] = {{"nbf", JwtFault::not_yet_valid},
                                                            {"iat", JwtFault::issued_in_future}};
    for (const auto& [name, fault] : starts) {
        const json::value* value = claims.if_contains(name);
        if (value == nullptr) continue;
        const auto start = date_of(*value);
        if (!start) return JwtFault::bad_claims;
        if (!early && now + jwt_clock_skew < *start) early = fault;
    }
    if (now >= *end + jwt_clock_skew) return JwtFault::expired;
    return early;
}

/// RFC 7638: the required members, names in order, without white space.
std::string thumbprint_of(const Es256Key& key) {
    const std::string text =
        R"({"crv":"P-256","kty":"EC","x":")" + key.x() + R"(","y":")" + key.y() + R"("})";
    return base::to_base64url(sha256(text));
}

std::string thumbprint_of(const Rs256Key& key) {
    const std::string text = R"({"e":")" + key.e() + R"(","kty":"RSA","n":")" + key.n() + R"("})";
    return base::to_base64url(sha256(text));
}

/// A JWK's member that must be text.
std::string_view text_of(const json::object& jwk, std::string_view name) {
    const json::value* const value = jwk.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view{};
}

/// "alg" and "use" may be left out, and may not say anything else.
bool is_for(const json::object& jwk, std::string_view algorithm) {
    return (!jwk.contains("alg") || text_of(jwk, "alg") == algorithm) &&
           (!jwk.contains("use") || text_of(jwk, "use") == "sig");
}

std::string encode(const json::object& object) {
    return base::to_base64url(base::bytes_of(json::serialize(object)));
}

}  // namespace

struct JwtKey::Impl {
    std::variant<HmacKey, Es256Key, Rs256Key> key;
    std::string id;
    std::string header;  ///< encoded: the same in each token of this key

    explicit Impl(HmacKey hmac)
        : key(std::move(hmac)), header(encode({{"alg", "HS256"}, {"typ", "JWT"}})) {}
    explicit Impl(Es256Key pair)
        : key(std::move(pair)),
          id(thumbprint_of(std::get<Es256Key>(key))),
          header(encode({{"alg", "ES256"}, {"kid", id}, {"typ", "JWT"}})) {}
    template <class PublicKey>
    Impl(PublicKey half, std::string_view kid)
        : key(half), id(kid.empty() ? thumbprint_of(half) : std::string(kid)) {}

    const Es256Key& es256() const {
        const auto* pair = std::get_if<Es256Key>(&key);
        if (pair == nullptr) base::stop("this key has no public half to show");
        return *pair;
    }

    std::string signature_of(std::string_view text) const {
        if (const auto* hmac = std::get_if<HmacKey>(&key)) {
            return base::to_base64url(hmac->sign(text));
        }
        const auto* pair = std::get_if<Es256Key>(&key);
        if (pair == nullptr || !pair->is_whole()) base::stop("this key has no private half");
        return base::to_base64url(pair->sign(text));
    }

    bool verifies(std::string_view text, std::span<const std::byte> signature) const {
        if (const auto* hmac = std::get_if<HmacKey>(&key)) {
            return equal_in_constant_time(hmac->sign(text), signature);
        }
        if (const auto* rsa = std::get_if<Rs256Key>(&key)) return rsa->verify(text, signature);
        return es256().verify(text, signature);
    }
};

JwtKey::JwtKey(std::shared_ptr<const Impl> impl) : m_impl(std::move(impl)) {}

JwtKey JwtKey::generate_es256() {
    return JwtKey(std::make_shared<Impl>(Es256Key::generate()));
}

std::optional<JwtKey> JwtKey::parse_es256(const base::Secret<std::string>& pem) {
    const auto key = Es256Key::parse(pem);
    if (!key) return std::nullopt;
    return JwtKey(std::make_shared<Impl>(*key));
}

std::optional<JwtKey> JwtKey::from_shared_secret(const base::Secret<std::string>& secret) {
    if (secret.reveal().size() < shared_secret_length_min) return std::nullopt;
    return JwtKey(std::make_shared<Impl>(HmacKey(base::bytes_of(secret.reveal()))));
}

std::optional<JwtKey> JwtKey::parse_jwk(const json::object& jwk) {
    const std::string_view kid = text_of(jwk, "kid");
    if (jwk.contains("kid") && kid.empty()) return std::nullopt;
    if (text_of(jwk, "kty") == "EC" && text_of(jwk, "crv") == "P-256" && is_for(jwk, "ES256")) {
        const auto key = Es256Key::parse_public(text_of(jwk, "x"), text_of(jwk, "y"));
        if (!key) return std::nullopt;
        return JwtKey(std::make_shared<Impl>(*key, kid));
    }
    if (text_of(jwk, "kty") == "RSA" && is_for(jwk, "RS256")) {
        const auto key = Rs256Key::parse_public(text_of(jwk, "n"), text_of(jwk, "e"));
        if (!key) return std::nullopt;
        return JwtKey(std::make_shared<Impl>(*key, kid));
    }
    return std::nullopt;
}

JwtAlgorithm JwtKey::algorithm() const {
    if (std::holds_alternative<Es256Key>(m_impl->key)) return JwtAlgorithm::es256;
    return std::holds_alternative<Rs256Key>(m_impl->key) ? JwtAlgorithm::rs256
                                                         : JwtAlgorithm::hs256;
}

const std::string& JwtKey::id() const {
    return m_impl->id;
}

base::Secret<std::string> JwtKey::to_pem() const {
    return m_impl->es256().to_pem();
}

json::object JwtKey::public_jwk() const {
    const Es256Key& key = m_impl->es256();
    return {{"kty", "EC"}, {"crv", "P-256"}, {"x", key.x()}, {"y", key.y()},
            {"kid", id()}, {"alg", "ES256"}, {"use", "sig"}, {"key_ops", json::array{"verify"}}};
}

std::string JwtKey::sign(const json::object& claims) const {
    std::string token = m_impl->header + '.' + encode(claims);
    const std::string signature = m_impl->signature_of(token);
    token += '.';
    token += signature;
    return token;
}

std::optional<std::vector<JwtKey>> parse_jwks(std::string_view text) {
    const auto document = parse_strict_object(text, jwt_depth_max);
    const json::value* const list = document ? document->if_contains("keys") : nullptr;
    if (list == nullptr || !list->is_array()) return std::nullopt;
    if (list->get_array().size() > jwks_keys_max) return std::nullopt;
    std::vector<JwtKey> keys;
    for (const json::value& entry : list->get_array()) {
        if (!entry.is_object()) return std::nullopt;
        if (auto key = JwtKey::parse_jwk(entry.get_object())) keys.push_back(std::move(*key));
    }
    return keys;
}

std::size_t part_count_of(std::string_view token) {
    return static_cast<std::size_t>(std::ranges::count(token, '.')) + 1;
}

JwtVerifier::JwtVerifier(std::vector<JwtKey> keys) : m_keys(std::move(keys)) {}

/// The key says which algorithm is right for it, never the token. HS256 keys have no id, and an
/// empty kid is nobody's.
std::vector<const JwtKey*> JwtVerifier::keys_for(JwtAlgorithm algorithm,
                                                 const std::optional<std::string>& kid) const {
    std::vector<const JwtKey*> named;
    std::vector<const JwtKey*> unnamed;
    bool is_known = false;
    for (const auto* keys : {&m_keys, &m_foreign_keys}) {
        for (const JwtKey& key : *keys) {
            const bool is_named = kid && !kid->empty() && *kid == key.id();
            is_known = is_known || is_named;
            if (key.algorithm() != algorithm) continue;
            if (is_named) named.push_back(&key);
            if (!kid || (algorithm == JwtAlgorithm::hs256 && !kid->empty())) {
                unnamed.push_back(&key);
            }
        }
    }
    return is_known ? named : unnamed;
}

std::expected<VerifiedToken, JwtFault> JwtVerifier::examine(
    std::string_view token, std::chrono::sys_time<std::chrono::microseconds> now) const {
    if (token.empty()) return std::unexpected(JwtFault::empty);
    if (token.size() > jwt_length_max) return std::unexpected(JwtFault::malformed);
    const auto parts = split(token);
    if (!parts) return std::unexpected(JwtFault::wrong_part_count);
    const auto header = decode_header(parts->header);
    if (!header) return std::unexpected(header.error());
    const auto signature = base::parse_base64url(parts->signature);
    if (!signature) return std::unexpected(JwtFault::malformed);

    JwtFault fault = JwtFault::unknown_key;
    for (const JwtKey* const key : keys_for(header->algorithm, header->kid)) {
        fault = JwtFault::bad_signature;
        if (!key->m_impl->verifies(parts->signed_text, *signature)) continue;
        auto claims = decode_object(parts->claims);
        if (!claims) return std::unexpected(JwtFault::bad_claims);
        if (const auto early_or_late = fault_of_times(*claims, now.time_since_epoch())) {
            return std::unexpected(*early_or_late);
        }
        const bool is_foreign = key < m_keys.data() || key >= m_keys.data() + m_keys.size();
        const KeyOwner own =
            key->algorithm() == JwtAlgorithm::hs256 ? KeyOwner::shared : KeyOwner::server;
        return VerifiedToken{std::move(*claims), is_foreign ? KeyOwner::foreign : own};
    }
    return std::unexpected(fault);
}

std::expected<json::object, JwtFault> JwtVerifier::verify(
    std::string_view token, std::chrono::sys_time<std::chrono::microseconds> now) const {
    auto verified = examine(token, now);
    if (!verified) return std::unexpected(verified.error());
    return std::move(verified->claims);
}

json::object JwtVerifier::jwks() const {
    json::array keys;
    for (const JwtKey& key : m_keys) {
        if (key.algorithm() == JwtAlgorithm::es256) keys.emplace_back(key.public_jwk());
    }
    return {{"keys", std::move(keys)}};
}

}  // namespace muster::crypto
