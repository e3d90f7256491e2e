// JSON Web Tokens: HS256 and ES256.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwt.hpp"

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
    return std::nullopt;
}

struct Header {
    JwtAlgorithm algorithm;
    std::optional<std::string> kid;
};

std::optional<Header> decode_header(std::string_view part) {
    const auto object = decode_object(part);
    if (!object) return std::nullopt;
    // Extensions that must be understood: we understand none (RFC 7515 section 4.1.11).
    if (object->contains("crit")) return std::nullopt;
    const json::value* name = object->if_contains("alg");
    if (name == nullptr || !name->is_string()) return std::nullopt;
    const auto algorithm = algorithm_of(name->get_string());
    if (!algorithm) return std::nullopt;
    Header header{*algorithm, std::nullopt};
    if (const json::value* kid = object->if_contains("kid")) {
        if (!kid->is_string()) return std::nullopt;
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
    if (exp == nullptr) return JwtFault::malformed;
    const auto end = date_of(*exp);
    if (!end) return JwtFault::malformed;
    bool is_early = false;
    for (const std::string_view name : {"nbf", "iat"}) {
        const json::value* value = claims.if_contains(name);
        if (value == nullptr) continue;
        const auto start = date_of(*value);
        if (!start) return JwtFault::malformed;
        is_early = is_early || now + jwt_clock_skew < *start;
    }
    if (now >= *end + jwt_clock_skew) return JwtFault::expired;
    if (is_early) return JwtFault::not_yet_valid;
    return std::nullopt;
}

/// RFC 7638: the required members, names in order, without white space.
std::string thumbprint_of(const Es256Key& key) {
    const std::string text =
        R"({"crv":"P-256","kty":"EC","x":")" + key.x() + R"(","y":")" + key.y() + R"("})";
    return base::to_base64url(sha256(text));
}

std::string encode(const json::object& object) {
    return base::to_base64url(base::bytes_of(json::serialize(object)));
}

}  // namespace

struct JwtKey::Impl {
    std::variant<HmacKey, Es256Key> key;
    std::string id;
    std::string header;  ///< encoded: the same in each token of this key

    explicit Impl(HmacKey hmac)
        : key(std::move(hmac)), header(encode({{"alg", "HS256"}, {"typ", "JWT"}})) {}
    explicit Impl(Es256Key pair)
        : key(std::move(pair)),
          id(thumbprint_of(std::get<Es256Key>(key))),
          header(encode({{"alg", "ES256"}, {"kid", id}, {"typ", "JWT"}})) {}

    const Es256Key& es256() const {
        const auto* pair = std::get_if<Es256Key>(&key);
        if (pair == nullptr) base::stop("an HS256 key has no public half");
        return *pair;
    }

    std::string signature_of(std::string_view text) const {
        return std::visit(
            [text](const auto& signer) { return base::to_base64url(signer.sign(text)); }, key);
    }

    bool verifies(std::string_view text, std::span<const std::byte> signature) const {
        if (const auto* hmac = std::get_if<HmacKey>(&key)) {
            return equal_in_constant_time(hmac->sign(text), signature);
        }
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

JwtAlgorithm JwtKey::algorithm() const {
    return std::holds_alternative<Es256Key>(m_impl->key) ? JwtAlgorithm::es256
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

JwtVerifier::JwtVerifier(std::vector<JwtKey> keys) : m_keys(std::move(keys)) {}

std::expected<json::object, JwtFault> JwtVerifier::verify(
    std::string_view token, std::chrono::sys_time<std::chrono::microseconds> now) const {
    if (token.size() > jwt_length_max) return std::unexpected(JwtFault::malformed);
    const auto parts = split(token);
    if (!parts) return std::unexpected(JwtFault::malformed);
    const auto header = decode_header(parts->header);
    const auto signature = base::parse_base64url(parts->signature);
    if (!header || !signature) return std::unexpected(JwtFault::malformed);

    JwtFault fault = JwtFault::unknown_key;
    for (const JwtKey& key : m_keys) {
        // The key says which algorithm is right for it, never the token. HS256 keys have no id, and
        // an empty kid is not theirs.
        if (key.algorithm() != header->algorithm) continue;
        if (header->kid && (header->kid->empty() || *header->kid != key.id())) continue;
        fault = JwtFault::bad_signature;
        if (!key.m_impl->verifies(parts->signed_text, *signature)) continue;

        auto claims = decode_object(parts->claims);
        if (!claims) return std::unexpected(JwtFault::malformed);
        if (const auto early_or_late = fault_of_times(*claims, now.time_since_epoch())) {
            return std::unexpected(*early_or_late);
        }
        return std::move(*claims);
    }
    return std::unexpected(fault);
}

json::object JwtVerifier::jwks() const {
    json::array keys;
    for (const JwtKey& key : m_keys) {
        if (key.algorithm() == JwtAlgorithm::es256) keys.emplace_back(key.public_jwk());
    }
    return {{"keys", std::move(keys)}};
}

}  // namespace muster::crypto
