// From a request's credentials to a caller: session tokens, JWTs of an existing project, API keys
// of both kinds. Called by the router, and by the table API, which words refusals in its own way.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>

#include "core/principal.hpp"
#include "core/result.hpp"
#include "core/timestamp.hpp"
#include "crypto/jwt.hpp"
#include "net/http.hpp"
#include "store/store.hpp"

namespace muster::api {

/// Verified tokens remembered at once: an ES256 check costs more than the rest of a request.
inline constexpr std::size_t token_cache_max = 10'000;
/// An API key that was revoked is refused after this at the latest.
inline constexpr std::chrono::seconds api_key_cache_time{30};

/// Why credentials are not believed.
struct CredentialFault {
    core::Error error;  ///< what /functions and /auth answer
    /// What is wrong with the JWT that should have decided: PostgREST's message depends on it.
    /// Empty: no JWT is to blame (api_key_missing, api_key_unknown, server_busy).
    std::optional<crypto::JwtFault> jwt = {};
    std::size_t part_count = 0;  ///< for wrong_part_count: "Expected 3 parts in JWT; got 1"
};
using Authenticated = std::expected<core::Caller, CredentialFault>;

/// /rest and /auth want an API key in each request, whoever is signed in (supabase-contract 2.6).
enum class ApiKeyRule { optional, required };

/// What is believed beside the server's own signatures.
struct TokenTrust {
    /// anon and service keys signed with the configured auth.jwt_secret are believed by their
    /// signature; all others must be on record.
    bool shared_secret_signs_keys = false;
    /// The iss that sessions of another project must have; empty: any.
    std::string foreign_issuer = {};
    /// Looks for new keys of the other project, for a while. True: there are others now.
    std::function<boost::asio::awaitable<bool>()> refresh_foreign_keys = {};
};

/// Not thread-safe: lives on the I/O thread.
class Authenticator {
public:
    /// Both references must outlive this.
    Authenticator(const crypto::JwtVerifier& verifier, store::Store& store, TokenTrust trust);

    /// The iss of this server's own sessions, once its address is known.
    void set_issuer(std::string issuer) { m_issuer = std::move(issuer); }

    /// Keys have changed: what they proved is looked at again, also what is being looked at now.
    void forget_tokens() {
        m_known.clear();
        ++m_forgotten;
    }

    /// The gateway's rule: an Authorization that is no "Bearer sb_..." decides; otherwise the
    /// apikey (header, or parameter of the URL) does. Neither: anonymous.
    /// Errors: invalid_authentication, missing_subject, subject_not_uuid, api_key_missing,
    /// api_key_unknown, server_busy.
    boost::asio::awaitable<Authenticated> authenticate(const net::Request& request, ApiKeyRule rule,
                                                       core::Timestamp now);

private:
    struct Known {
        core::Caller caller;
        core::Timestamp until;
    };
    using Examined = std::expected<Known, CredentialFault>;

    boost::asio::awaitable<Authenticated> find_caller(std::string_view token, core::Timestamp now);
    boost::asio::awaitable<Authenticated> check_api_key(std::string_view key, ApiKeyRule rule,
                                                        core::Timestamp now);
    boost::asio::awaitable<Examined> examine(std::string_view token, core::Timestamp now);
    boost::asio::awaitable<Examined> examine_jwt(std::string_view token, core::Timestamp now);
    boost::asio::awaitable<Examined> examine_recorded(std::string_view key, std::string_view role,
                                                      core::Timestamp until);
    Examined examine_session(const crypto::VerifiedToken& verified) const;

    const crypto::JwtVerifier& m_verifier;
    store::Store& m_store;
    TokenTrust m_trust;
    std::string m_issuer;
    std::unordered_map<std::string, Known> m_known;  ///< by the token's SHA-256
    std::size_t m_forgotten = 0;                     ///< times
};

}  // namespace muster::api
