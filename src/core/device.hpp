// What the roster is made of: a device and its history. Columns are the seed's, names unchanged.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/timestamp.hpp"

namespace muster::core {

enum class DeviceStatus { pending, active, inactive, revoked };
enum class TrustLevel { low, medium, high };

std::string_view to_text(DeviceStatus status);
std::string_view to_text(TrustLevel level);
std::optional<DeviceStatus> parse_device_status(std::string_view text);
std::optional<TrustLevel> parse_trust_level(std::string_view text);

struct Device {
    std::string id;
    std::string user_id;
    std::optional<std::string> organization_id;
    std::string name;
    std::string device_type = "laptop";
    std::optional<std::string> os;
    std::optional<std::string> fingerprint;
    std::optional<std::string> enrollment_token;  ///< SHA-256 of the token, hex; never the token
    std::optional<Timestamp> enrolled_at;
    std::optional<Timestamp> last_seen;
    std::optional<std::string> location;
    DeviceStatus status = DeviceStatus::pending;
    TrustLevel trust_level = TrustLevel::low;
    std::optional<std::string> tailscale_auth_key;  ///< sealed (crypto/sealed.hpp)
    std::optional<std::string> tailscale_hostname;
    std::optional<std::string> tailscale_device_id;
    std::optional<std::string> tailscale_ip;
    std::optional<Timestamp> enrollment_expires_at;
    boost::json::object metadata;
    Timestamp created_at;
};

/// The types that a device_events row may have; docs/reference/events.md is printed from it.
enum class EventType {
    // the seed's ten
    pending_device_created,
    enrollment_initiated,
    token_validated,
    enrolled,
    tailscale_auth_key_generated,
    tailscale_connected,
    tailscale_enrollment_complete,
    device_revoked,
    device_reactivated,
    trust_level_changed,
    // ours
    token_expired,
    device_inactive,
    device_active,
    network_left,
    network_removed,
    network_node_ambiguous,
    device_deleted,
};

struct EventTypeRow {
    EventType type;
    std::string_view word;
    std::string_view meaning;
    std::string_view details;  ///< the members of `details`
};
std::span<const EventTypeRow> event_type_table();
std::string_view to_text(EventType type);

/// An event that a rule produced; store/ gives it its id and writes it.
struct DeviceEvent {
    EventType type;
    boost::json::object details;
};

}  // namespace muster::core
