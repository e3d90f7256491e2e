// What Tailscale sends by itself: deliveries with a signature, as NetworkEvents. Whoever receives
// them over HTTP answers 2xx for `delivery` and `repeated`, or Tailscale sends them again.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "core/result.hpp"
#include "networks/network.hpp"

namespace muster::networks {

struct TailscaleWebhookOptions {
    base::Secret<std::string> secret = {};  ///< tskey-webhook-..., as it was shown
    /// Failed deliveries come again hourly for a day, and their time may be that of the event. What
    /// is replayed within that time is told by the memory of deliveries.
    std::chrono::seconds age_max = std::chrono::hours(25);
    std::chrono::seconds ahead_max = std::chrono::minutes(5);  ///< of our clock
    std::size_t remembered_max = 10'000;  ///< deliveries; beyond, the oldest is forgotten
};

struct TailscaleDelivery {
    std::vector<NetworkEvent> events;  ///< in the order in which they were sent; none if repeated
    bool is_repeated = false;          ///< it was taken before
    std::string digest;                ///< for take()
};

/// On one thread.
class TailscaleWebhook {
public:
    explicit TailscaleWebhook(TailscaleWebhookOptions options);

    /// `signature`: the header Tailscale-Webhook-Signature. Fails: invalid_authentication (no or a
    /// wrong signature, too old, too far ahead; `detail` says which), invalid_json.
    core::Result<TailscaleDelivery> read(std::string_view signature, std::string_view body,
                                         core::Timestamp now) const;

    /// The delivery's events are on record: from now on it counts as repeated.
    void take(const TailscaleDelivery& delivery);

private:
    TailscaleWebhookOptions m_options;
    std::set<std::string> m_taken;
    std::deque<std::string> m_order;  ///< of m_taken, oldest first
};

}  // namespace muster::networks
