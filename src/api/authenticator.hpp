// From a request's credentials to a caller: session tokens and API keys, both JWTs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// Not thread-safe: lives on the I/O thread.
class Authenticator {
public:
    /// `shared_secret_signs_keys`: anon and service keys signed with the configured auth.jwt_secret
    /// are believed by their signature; all others must be on record. Both references must outlive
    /// this.
    Authenticator(const crypto::JwtVerifier& verifier, store::Store& store,
                  bool shared_secret_signs_keys);

    /// Authorization: Bearer decides; without it, apikey. Neither, or the anon key: anonymous.
    /// Fails: invalid_authentication, server_busy.
    boost::asio::awaitable<core::Result<core::Caller>> authenticate(const net::Request& request,
                                                                    core::Timestamp now);

private:
    struct Known {
        core::Caller caller;
        core::Timestamp until;
    };
    boost::asio::awaitable<core::Result<Known>> examine(std::string_view token,
                                                        core::Timestamp now);
    boost::asio::awaitable<core::Result<Known>> examine_key(std::string_view token,
                                                            std::string_view role,
                                                            core::Timestamp expires,
                                                            core::Timestamp now);

    const crypto::JwtVerifier& m_verifier;
    store::Store& m_store;
    bool m_shared_secret_signs_keys;
    std::unordered_map<std::string, Known> m_known;  ///< by the token's SHA-256
};

}  // namespace muster::api
