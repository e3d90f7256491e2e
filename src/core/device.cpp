// The words that statuses, levels and event types are stored and shown by.
// SPDX-License-Identifier: Apache-2.0
#include "core/device.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace muster::core {

namespace {

constexpr EventTypeRow event_rows[] = {
    {EventType::pending_device_created, "pending_device_created",
     "An administrator, or the owner, made a pending device with a token.",
     "created_by, device_type, os"},
    {EventType::enrollment_initiated, "enrollment_initiated",
     "A user started to enrol a device of their own.", "method, device_type, os"},
    {EventType::token_validated, "token_validated", "The device showed its enrolment token.",
     "device_type, has_tailscale_key"},
    {EventType::enrolled, "enrolled", "The device was enrolled silently, by its fingerprint.",
     "method, os"},
    {EventType::tailscale_auth_key_generated, "tailscale_auth_key_generated",
     "A network key was made for the device.", "network, tags, group, expiresAt"},
    {EventType::tailscale_connected, "tailscale_connected",
     "The network's own API showed the device on the network.",
     "network, tailscale_device_id, hostname, ip, tags, group"},
    {EventType::tailscale_enrollment_complete, "tailscale_enrollment_complete",
     "The device is enrolled: on the network, its token and key cleared.",
     "network, tailscale_device_id, hostname, ip"},
    {EventType::device_revoked, "device_revoked", "The device's access was taken away.",
     "from, reason, by"},
    {EventType::device_reactivated, "device_reactivated",
     "An administrator let the device back: pending with a new token, or active.", "to, by"},
    {EventType::trust_level_changed, "trust_level_changed", "The trust level changed.",
     "from, to, because; for a pin also reason, by"},
    {EventType::token_expired, "token_expired",
     "The enrolment token ran out before the device was enrolled.", "expired_at"},
    {EventType::device_inactive, "device_inactive",
     "The device has not been seen for the organisation's limit.", "last_seen"},
    {EventType::device_active, "device_active", "An inactive device was seen again.", "from"},
    {EventType::network_left, "network_left", "The network no longer lists the device's node.",
     "network, node_id"},
    {EventType::network_removed, "network_removed",
     "The revoked device's node, or its unused key, was removed from the network.",
     "network, kind, target, attempts"},
    {EventType::network_node_ambiguous, "network_node_ambiguous",
     "More than one node of the network could be the device's, so none is taken for it.",
     "network, hostname, candidates"},
    {EventType::device_deleted, "device_deleted",
     "The device row was deleted; its history moved to the archive.", "by, status"},
};

template <class Enum, std::size_t Count>
std::optional<Enum> parse_word(std::string_view text, const Enum (&values)[Count]) {
    for (const Enum value : values) {
        if (to_text(value) == text) return value;
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_text(DeviceStatus status) {
    switch (status) {
        case DeviceStatus::pending: return "pending";
        case DeviceStatus::active: return "active";
        case DeviceStatus::inactive: return "inactive";
        case DeviceStatus::revoked: return "revoked";
    }
    std::unreachable();
}

std::string_view to_text(TrustLevel level) {
    switch (level) {
        case TrustLevel::low: return "low";
        case TrustLevel::medium: return "medium";
        case TrustLevel::high: return "high";
    }
    std::unreachable();
}

std::optional<DeviceStatus> parse_device_status(std::string_view text) {
    static constexpr DeviceStatus all[] = {DeviceStatus::pending, DeviceStatus::active,
                                           DeviceStatus::inactive, DeviceStatus::revoked};
    return parse_word(text, all);
}

std::optional<TrustLevel> parse_trust_level(std::string_view text) {
    static constexpr TrustLevel all[] = {TrustLevel::low, TrustLevel::medium, TrustLevel::high};
    return parse_word(text, all);
}

std::span<const EventTypeRow> event_type_table() {
    return event_rows;
}

std::string_view to_text(EventType type) {
    const auto* const found = std::ranges::find(event_rows, type, &EventTypeRow::type);
    if (found == std::end(event_rows)) std::abort();  // device_test.cpp fails first
    return found->word;
}

}  // namespace muster::core
