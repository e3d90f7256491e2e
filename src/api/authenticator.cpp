// Believes nothing that a signature, or a row, does not prove.
// SPDX-License-Identifier: Apache-2.0
#include "api/authenticator.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "api/fields.hpp"
#include "app/api_keys.hpp"
#include "base/random.hpp"
#include "crypto/api_key.hpp"
#include "crypto/digest.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Caller;
using core::Code;
using crypto::JwtFault;

/// The token of "Bearer x"; empty: another scheme, or none.
std::string_view bearer_of(std::string_view header) {
    constexpr std::string_view scheme = "bearer ";
    if (header.size() <= scheme.size()) return {};
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char c = header[i];
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        if (lower != scheme[i]) return {};
    }
    return header.substr(scheme.size());
}

std::string_view text_of(const json::object& claims, std::string_view name) {
    const json::value* const value = claims.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

/// A NumericDate may have a fraction, and may be beyond what a Timestamp holds.
core::Timestamp expiry_of(const json::object& claims) {
    constexpr double latest = 1e11;
    const double seconds = claims.at("exp").to_number<double>();
    return core::from_unix_seconds(static_cast<std::int64_t>(std::min(seconds, latest)));
}

Caller caller_of_key(std::string_view role) {
    Caller caller;
    caller.kind = role == "anon" ? Caller::Kind::anonymous : Caller::Kind::service;
    caller.claims = json::serialize(json::object{{"role", role}});
    return caller;
}

/// The second half of GoTrue's sentence about a token that it does not believe.
std::string_view reason_of(JwtFault fault) {
    switch (fault) {
        case JwtFault::empty:
        case JwtFault::wrong_part_count:
            return "token is malformed: token contains an invalid number of segments";
        case JwtFault::malformed: return "token is malformed";
        case JwtFault::unsupported_algorithm:
            return "token signature is invalid: signing method is not supported";
        case JwtFault::unknown_key: return "token is unverifiable: no key for it is known";
        case JwtFault::bad_signature: return "token signature is invalid: signature is invalid";
        case JwtFault::bad_claims: return "token has invalid claims";
        case JwtFault::expired: return "token has invalid claims: token is expired";
        case JwtFault::not_yet_valid: return "token has invalid claims: token is not valid yet";
        case JwtFault::issued_in_future:
            return "token has invalid claims: token used before issued";
    }
    std::unreachable();
}

std::unexpected<CredentialFault> refuse(JwtFault fault, std::string_view token = {}) {
    return std::unexpected(
        CredentialFault{{Code::invalid_authentication, {}, std::string(reason_of(fault))},
                        fault,
                        crypto::part_count_of(token)});
}

std::unexpected<CredentialFault> refuse(const core::Error& error) {
    return std::unexpected(CredentialFault{error});
}

}  // namespace

Authenticator::Authenticator(const crypto::JwtVerifier& verifier, store::Store& store,
                             TokenTrust trust)
    : m_verifier(verifier), m_store(store), m_trust(std::move(trust)) {}

asio::awaitable<Authenticated> Authenticator::authenticate(const net::Request& request,
                                                           ApiKeyRule rule, core::Timestamp now) {
    const std::string_view authorization = request.header("Authorization");
    const std::string_view token = bearer_of(authorization);
    const bool decides = !authorization.empty() && !token.starts_with(crypto::api_key_prefix);
    std::string key(request.header("apikey"));
    if (key.empty()) key = request.query_value("apikey");
    Authenticated caller;
    if (!decides || rule == ApiKeyRule::required) {
        caller = co_await check_api_key(key, rule, now);
        if (!caller) co_return caller;
    }
    if (decides) caller = co_await find_caller(token, now);
    if (caller) caller->ip_address = request.client_address;
    co_return caller;
}

asio::awaitable<Authenticated> Authenticator::check_api_key(std::string_view key, ApiKeyRule rule,
                                                            core::Timestamp now) {
    if (key.empty()) {
        if (rule == ApiKeyRule::required) co_return refuse({Code::api_key_missing});
        co_return caller_of_key("anon");
    }
    auto caller = co_await find_caller(key, now);
    const bool is_unknown =
        !caller && core::kind_of(caller.error().error.code) == core::Errc::unauthenticated;
    if (is_unknown && rule == ApiKeyRule::required) co_return refuse({Code::api_key_unknown});
    co_return caller;
}

asio::awaitable<Authenticated> Authenticator::find_caller(std::string_view token,
                                                          core::Timestamp now) {
    const crypto::Sha256 digest = crypto::sha256(token);
    std::string key(reinterpret_cast<const char*>(digest.data()), digest.size());
    const auto found = m_known.find(key);
    if (found != m_known.end() && now < found->second.until) co_return found->second.caller;
    const std::size_t forgotten = m_forgotten;
    auto known = co_await examine(token, now);
    if (!known) co_return std::unexpected(known.error());
    Caller caller = known->caller;
    // What was true before the keys changed is good for this request only.
    if (forgotten == m_forgotten) {
        if (m_known.size() >= token_cache_max) m_known.clear();
        m_known.insert_or_assign(std::move(key), std::move(*known));
    }
    co_return caller;
}

asio::awaitable<Authenticator::Examined> Authenticator::examine(std::string_view token,
                                                                core::Timestamp now) {
    if (!token.starts_with(crypto::api_key_prefix)) co_return co_await examine_jwt(token, now);
    if (!crypto::is_api_key(token)) co_return refuse({Code::invalid_authentication});
    constexpr std::string_view any_role;
    co_return co_await examine_recorded(token, any_role, now + api_key_cache_time);
}

asio::awaitable<Authenticator::Examined> Authenticator::examine_jwt(std::string_view token,
                                                                    core::Timestamp now) {
    auto verified = m_verifier.examine(token, now);
    if (!verified && verified.error() == JwtFault::unknown_key && m_trust.refresh_foreign_keys) {
        const bool changed = co_await m_trust.refresh_foreign_keys();
        if (changed) verified = m_verifier.examine(token, now);
    }
    if (!verified) co_return refuse(verified.error(), token);
    const std::string_view role = text_of(verified->claims, "role");
    if (role != "anon" && role != "service_role") co_return examine_session(*verified);
    const core::Timestamp expires = expiry_of(verified->claims);
    const core::Timestamp until = std::min<core::Timestamp>(expires, now + api_key_cache_time);
    if (m_trust.shared_secret_signs_keys && verified->owner == crypto::KeyOwner::shared) {
        co_return Known{caller_of_key(role), until};
    }
    co_return co_await examine_recorded(token, role, until);
}

asio::awaitable<Authenticator::Examined> Authenticator::examine_recorded(std::string_view key,
                                                                         std::string_view role,
                                                                         core::Timestamp until) {
    const std::string digest = crypto::sha256_hex(key);
    auto work = [&](store::Transaction& transaction) {
        return app::find_api_key_role(transaction, digest);
    };
    const auto recorded = co_await m_store.read(work);
    if (!recorded) co_return refuse(recorded.error());
    const bool is_good = *recorded && (role.empty() || **recorded == role);
    if (!is_good) co_return refuse(JwtFault::unknown_key, key);
    co_return Known{caller_of_key(**recorded), until};
}

Authenticator::Examined Authenticator::examine_session(
    const crypto::VerifiedToken& verified) const {
    const json::object& claims = verified.claims;
    const std::string_view issuer = text_of(claims, "iss");
    const bool is_foreign = verified.owner == crypto::KeyOwner::foreign ||
                            (verified.owner == crypto::KeyOwner::shared && issuer != m_issuer);
    const bool is_trusted = m_trust.foreign_issuer.empty() || issuer == m_trust.foreign_issuer;
    if (text_of(claims, "role") != "authenticated" || (is_foreign && !is_trusted)) {
        return refuse(JwtFault::bad_claims);
    }
    const std::string_view subject = text_of(claims, "sub");
    if (!base::is_uuid(subject)) {
        const Code code = subject.empty() ? Code::missing_subject : Code::subject_not_uuid;
        return std::unexpected(CredentialFault{{code}, JwtFault::bad_claims});
    }
    Caller caller;
    caller.kind = Caller::Kind::user;
    caller.user_id = to_lower(std::string(subject));
    caller.session_id = text_of(claims, "session_id");
    caller.is_foreign = is_foreign;
    caller.claims = json::serialize(claims);
    return Known{std::move(caller), expiry_of(claims)};
}

}  // namespace muster::api
