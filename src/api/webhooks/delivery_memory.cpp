// Only who knows a secret makes an entry.
// SPDX-License-Identifier: Apache-2.0
#include "api/webhooks/delivery_memory.hpp"

#include "crypto/digest.hpp"

namespace muster::api {

namespace {

networks::TailscaleWebhook make_webhook(const base::Secret<std::string>& secret) {
    networks::TailscaleWebhookOptions options;
    options.secret = secret;
    options.remembered_max = DeliveryMemory::deliveries_max;
    return networks::TailscaleWebhook(std::move(options));
}

}  // namespace

DeliveryMemory::Known* DeliveryMemory::find(const std::string& connection_id,
                                            const std::string& secret_digest) {
    const auto known = m_known.find(connection_id);
    const bool is_it = known != m_known.end() && known->second.secret_digest == secret_digest;
    return is_it ? &known->second : nullptr;
}

core::Result<networks::TailscaleDelivery> DeliveryMemory::read(
    const std::string& connection_id, const base::Secret<std::string>& secret,
    std::string_view signature, std::string_view body, core::Timestamp now) {
    const Known* const known = find(connection_id, crypto::sha256_hex(secret.reveal()));
    if (known) return known->webhook.read(signature, body, now);
    return make_webhook(secret).read(signature, body, now);
}

void DeliveryMemory::take(const std::string& connection_id, const base::Secret<std::string>& secret,
                          const networks::TailscaleDelivery& delivery) {
    std::string digest = crypto::sha256_hex(secret.reveal());
    if (Known* const known = find(connection_id, digest)) {
        known->webhook.take(delivery);
        return;
    }
    const bool is_new = !m_known.contains(connection_id);
    const auto at =
        m_known.insert_or_assign(connection_id, Known{std::move(digest), make_webhook(secret)});
    at.first->second.webhook.take(delivery);
    if (!is_new) return;
    m_order.push_back(connection_id);
    if (m_order.size() <= connections_max) return;
    m_known.erase(m_order.front());
    m_order.pop_front();
}

}  // namespace muster::api
