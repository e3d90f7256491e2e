// Which deliveries of Tailscale's webhooks were taken, for each connection: one that comes again
// counts once. On the I/O thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "core/result.hpp"
#include "networks/tailscale/webhook.hpp"

namespace muster::api {

/// Bounded: beyond, what was remembered of the connection that delivered first is forgotten. What
/// is forgotten may be delivered once more, and then only makes a comparison happen once more.
class DeliveryMemory {
public:
    static constexpr std::size_t connections_max = 256;
    static constexpr std::size_t deliveries_max = 1000;  ///< of a connection

    /// As TailscaleWebhook::read(). A secret that has changed begins anew.
    core::Result<networks::TailscaleDelivery> read(const std::string& connection_id,
                                                   const base::Secret<std::string>& secret,
                                                   std::string_view signature,
                                                   std::string_view body, core::Timestamp now);
    void take(const std::string& connection_id, const base::Secret<std::string>& secret,
              const networks::TailscaleDelivery& delivery);
    std::size_t size() const { return m_known.size(); }

private:
    struct Known {
        std::string secret_digest;
        networks::TailscaleWebhook webhook;
    };
    Known* find(const std::string& connection_id, const std::string& secret_digest);

    std::map<std::string, Known> m_known;
    std::deque<std::string> m_order;  ///< of m_known, oldest first
};

}  // namespace muster::api
