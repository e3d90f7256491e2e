// The life of a device: every change of status or trust level is one of these functions, and each
// returns the events that the change leaves behind. Pure: time, ids and digests are arguments.
//
//            validate_token            connect                fall_silent
//   pending ----------------> pending ---------> active <---------------> inactive
//      ^                                            see_again
//      |  reactivate (admin only)                any --- revoke ---> revoked
//      +------------------------------------------------------------ revoked
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/device.hpp"
#include "core/result.hpp"
#include "core/trust.hpp"

namespace muster::core {

/// A device with what its trust rests on.
struct TrackedDevice {
    Device device;
    TrustRecord trust;
};

struct Transition {
    TrackedDevice after;
    std::vector<DeviceEvent> events;  ///< in the order in which they happened
};

/// Who causes a change; decides what lifecycle rules allow (permissions are app/'s).
enum class Actor { system, device, owner, admin };

struct TokenValidation {
    std::optional<std::string> fingerprint;
    std::optional<std::string> device_type;
    std::optional<std::string> device_name;
    std::optional<std::string> os;
    bool has_network_key = false;  ///< goes into the event's has_tailscale_key
};

/// A pending device's token was shown: stores the fingerprint and what the device says of itself.
/// Repeating it with the same fingerprint changes nothing and leaves no event.
/// Fails: invalid_token (not pending), token_expired, token_bound (another fingerprint).
Result<Transition> validate_token(TrackedDevice before, const TokenValidation& facts,
                                  const TrustPolicy& policy, Timestamp now);

/// A device made by silent enrolment starts here: active, with its fingerprint on record.
Transition enroll_silently(Device device, const TrustPolicy& policy, Timestamp now);

/// What the network's own API says of the device's node.
struct NodeSighting {
    std::string network;  ///< "simulated", "tailscale", ...
    std::string node_id;
    std::string hostname;
    std::string ip;
    std::vector<std::string> tags;
    std::optional<std::string> group;
    bool online = true;
    std::optional<Timestamp> last_seen;
};

/// The network confirms the device: pending or inactive becomes active, the connection goes on
/// record, token and key are cleared. Already active: only last_seen and the address move.
/// Fails: device_revoked.
Result<Transition> connect(TrackedDevice before, const NodeSighting& node,
                           const TrustPolicy& policy, Timestamp now);

/// The network no longer knows the device's node: the evidence goes, the level is derived again.
Transition lose_network(TrackedDevice before, std::string_view network, const TrustPolicy& policy,
                        Timestamp now);

/// The device showed itself: last_seen; an inactive device is active again. Fails: device_revoked.
Result<Transition> see(TrackedDevice before, const TrustPolicy& policy, Timestamp now);

/// active and silent for longer than the policy allows: inactive. Otherwise unchanged, no event.
Transition fall_silent(TrackedDevice before, const TrustPolicy& policy, Timestamp now);

/// The pending device's token has run out: it is cleared. Otherwise unchanged, no event.
Transition expire_token(TrackedDevice before, Timestamp now);

struct Revocation {
    std::optional<std::string> reason;
    std::string by;  ///< user id, or "service_role"
};

/// From any status; twice is once (no second event). Clears token, key, pin and evidence of
/// connection stays on record until the node is gone.
Transition revoke(TrackedDevice before, const Revocation& revocation, const TrustPolicy& policy,
                  Timestamp now);

struct Reactivation {
    std::string by;
    bool never_left_network = false;  ///< then it is active again at once and needs no token
    std::string token_digest = {};    ///< otherwise: the new token's
    Timestamp token_expires_at = {};
};

/// Leaves `revoked`. Fails: permission_denied unless `actor` is admin; device_not_revoked.
Result<Transition> reactivate(TrackedDevice before, Actor actor, const Reactivation& reactivation,
                              const TrustPolicy& policy, Timestamp now);

/// An admin sets the level by hand. Fails: permission_denied unless admin; device_revoked.
Result<Transition> pin_trust(TrackedDevice before, Actor actor, TrustPin pin,
                             const TrustPolicy& policy, Timestamp now);

/// Drops the pin, if any, and derives the level from the evidence. `because` goes into the event.
Transition reevaluate(TrackedDevice before, std::string because, const TrustPolicy& policy,
                      Timestamp now);

}  // namespace muster::core
