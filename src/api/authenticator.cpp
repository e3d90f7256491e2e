// Believes nothing that a signature does not prove.
// SPDX-License-Identifier: Apache-2.0
#include "api/authenticator.hpp"

#include "app/api_keys.hpp"
#include "base/encoding.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Caller;
using core::Code;

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

core::Timestamp expiry_of(const json::object& claims) {
    const json::value* const value = claims.if_contains("exp");
    return core::from_unix_seconds(value && value->is_number() ? value->to_number<std::int64_t>()
                                                               : 0);
}

/// "HS256" in a header that the verifier has accepted.
bool is_shared_secret(std::string_view token) {
    const auto header = base::parse_base64url(token.substr(0, token.find('.')));
    if (!header) return false;
    const std::string_view text(reinterpret_cast<const char*>(header->data()), header->size());
    return text.find("\"HS256\"") != std::string_view::npos;
}

}  // namespace

Authenticator::Authenticator(const crypto::JwtVerifier& verifier, store::Store& store,
                             bool shared_secret_signs_keys)
    : m_verifier(verifier), m_store(store), m_shared_secret_signs_keys(shared_secret_signs_keys) {}

asio::awaitable<core::Result<Caller>> Authenticator::authenticate(const net::Request& request,
                                                                  core::Timestamp now) {
    const std::string_view authorization = request.header("Authorization");
    std::string_view token = bearer_of(authorization);
    if (token.empty() && !authorization.empty()) {
        co_return core::fail(Code::invalid_authentication);
    }
    if (token.empty()) token = request.header("apikey");
    Caller caller;
    if (!token.empty()) {
        const crypto::Sha256 digest = crypto::sha256(token);
        std::string key(reinterpret_cast<const char*>(digest.data()), digest.size());
        auto found = m_known.find(key);
        if (found == m_known.end() || now >= found->second.until) {
            auto known = co_await examine(token, now);
            if (!known) co_return std::unexpected(known.error());
            if (m_known.size() >= token_cache_max) m_known.clear();
            found = m_known.insert_or_assign(std::move(key), std::move(*known)).first;
        }
        caller = found->second.caller;
    }
    caller.ip_address = request.client_address;
    co_return caller;
}

asio::awaitable<core::Result<Authenticator::Known>> Authenticator::examine(std::string_view token,
                                                                           core::Timestamp now) {
    const auto claims = m_verifier.verify(token, now);
    if (!claims) co_return core::fail(Code::invalid_authentication);
    const std::string_view role = text_of(*claims, "role");
    const core::Timestamp expires = expiry_of(*claims);
    if (role == "anon" || role == "service_role") {
        co_return co_await examine_key(token, role, expires, now);
    }
    Known known{{}, expires};
    known.caller.kind = Caller::Kind::user;
    known.caller.user_id = text_of(*claims, "sub");
    known.caller.session_id = text_of(*claims, "session_id");
    if (role != "authenticated" || !base::is_uuid(known.caller.user_id)) {
        co_return core::fail(Code::invalid_authentication);
    }
    co_return known;
}

asio::awaitable<core::Result<Authenticator::Known>> Authenticator::examine_key(
    std::string_view token, std::string_view role, core::Timestamp expires, core::Timestamp now) {
    if (!m_shared_secret_signs_keys || !is_shared_secret(token)) {
        const std::string digest = crypto::sha256_hex(token);
        auto work = [&](store::Transaction& transaction) {
            return app::find_api_key_role(transaction, digest);
        };
        const auto recorded = co_await m_store.read(work);
        if (!recorded) co_return std::unexpected(recorded.error());
        if (*recorded != role) co_return core::fail(Code::invalid_authentication);
    }
    Known known{{}, std::min<core::Timestamp>(expires, now + api_key_cache_time)};
    known.caller.kind = role == "anon" ? Caller::Kind::anonymous : Caller::Kind::service;
    co_return known;
}

}  // namespace muster::api
