// Trust levels as a custom posture attribute of Tailscale's devices.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "networks/tailscale/credentials.hpp"

namespace muster::networks {

/// On the I/O thread; calls may overlap. `credentials` and `clock` must outlive it.
class TailscalePosture {
public:
    TailscalePosture(const TailscaleOptions& options, TailscaleCredentials& credentials,
                     const base::Clock& clock);

    /// False: there is no attribute, or the API refused one for good less than posture_pause ago.
    bool is_on() const;

    /// Network::push_trust(). Idempotent: writes values with the time when they are forgotten.
    boost::asio::awaitable<core::Result<void>> push(std::vector<TrustMark> marks,
                                                    std::chrono::seconds lifetime,
                                                    Deadline deadline);

private:
    using Batch = std::span<const TrustMark>;
    boost::asio::awaitable<core::Result<ApiAnswer>> patch(Batch batch, core::Timestamp expiry,
                                                          Deadline deadline);
    boost::asio::awaitable<core::Result<void>> judge(Batch batch, ApiAnswer answer,
                                                     std::deque<Batch>& rest, Deadline deadline);
    boost::asio::awaitable<core::Result<void>> judge_missing(std::string node_id, ApiAnswer answer,
                                                             Deadline deadline);
    core::Error switch_off(const ApiAnswer& answer, std::string_view reason);

    TailscaleCredentials& m_credentials;
    const base::Clock& m_clock;
    std::string m_tailnet;
    std::string m_attribute;
    std::chrono::minutes m_pause;
    core::Timestamp m_off_until{};
};

}  // namespace muster::networks
