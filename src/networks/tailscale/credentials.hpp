// Calls of Tailscale's API with the credentials that it wants: an API key, or the access tokens of
// an OAuth client.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "networks/control_api.hpp"
#include "networks/tailscale/tailscale.hpp"

namespace muster::networks {

/// On the I/O thread; calls may overlap. `api` and `clock` must outlive it.
class TailscaleCredentials {
public:
    TailscaleCredentials(const TailscaleOptions& options, ControlApi& api,
                         const base::Clock& clock);

    bool is_oauth() const { return !m_client_id.empty(); }
    /// What the last access token may do, as its answer said; empty: not told, or no OAuth client.
    const std::vector<std::string>& scopes() const { return m_scopes; }

    /// As ControlApi::call(). Access tokens are kept until shortly before they expire; overlapping
    /// calls share one refresh. One that was kept and is not taken (401) is replaced once.
    boost::asio::awaitable<core::Result<ApiAnswer>> call(ApiCall call, Deadline deadline);

private:
    struct Refreshing;
    struct Token {
        base::Secret<std::string> header;  ///< the value of Authorization
        bool is_kept = false;              ///< from an earlier call
        std::uint64_t number = 0;
    };
    boost::asio::awaitable<core::Result<Token>> get_token(Deadline deadline);
    boost::asio::awaitable<core::Result<void>> refresh(Deadline deadline);
    core::Result<void> keep(const ApiAnswer& answer);
    bool has_token() const;
    Token token(bool is_kept) const;

    ControlApi& m_api;
    const base::Clock& m_clock;
    std::string m_client_id;
    base::Secret<std::string> m_client_secret;
    base::Secret<std::string> m_header;  ///< of the API key, or of the token that is kept
    std::optional<core::Timestamp> m_good_until;
    std::uint64_t m_number = 0;  ///< of tokens so far
    std::vector<std::string> m_scopes;
    bool m_is_refreshing = false;
    std::optional<core::Error> m_refusal;  ///< how the last refresh ended, if badly
    std::vector<boost::asio::steady_timer*> m_waiting;
};

}  // namespace muster::networks
