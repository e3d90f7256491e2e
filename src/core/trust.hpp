// How far a device can be trusted, derived from recorded evidence (contract section 6). Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device.hpp"

namespace muster::core {

enum class EvidenceKind {
    fingerprint,         ///< the device's software named itself while it held the token
    network_connection,  ///< the network's own API showed the device on the network
};

/// How a fact is known, weakest first.
enum class Provenance { claimed, seen, vouched, proven };

std::string_view to_text(EvidenceKind kind);
std::string_view to_text(Provenance provenance);
std::optional<EvidenceKind> parse_evidence_kind(std::string_view text);
std::optional<Provenance> parse_provenance(std::string_view text);

struct Evidence {
    EvidenceKind kind;
    Provenance provenance;
    Timestamp observed_at;  ///< the last time that the fact was seen to hold
    std::string source;     ///< who says so: "verify", "enroll", "simulated", "tailscale", ...
};

/// An admin's explicit override. Recorded with name and reason; holds until re-evaluated.
struct TrustPin {
    TrustLevel level;
    std::string pinned_by;  ///< user id, or "service_role"
    std::string reason;
    Timestamp pinned_at;
};

/// Everything on record about one device that trust is derived from. At most one row a kind.
struct TrustRecord {
    std::vector<Evidence> evidence;
    std::optional<TrustPin> pin;
};

/// The organisation's rules; the defaults are contract section 6.
struct TrustPolicy {
    std::chrono::seconds inactive_after = std::chrono::days(7);
};

struct TrustReason {
    std::string fact;  ///< "fingerprint", "network_connection", "token", "pin", "revoked"
    std::string_view provenance;
    std::optional<Timestamp> observed_at;
    int points = 0;    ///< what it adds to the score; 0 when too old to count
    std::string text;  ///< one English sentence
};

struct TrustVerdict {
    TrustLevel level = TrustLevel::low;
    int score = 0;  ///< 0-100; explains, never decides
    std::vector<TrustReason> reasons;
};

/// revoked -> low; a pin -> its level; a fresh network connection -> high; a fingerprint -> medium;
/// else low. Evidence of a connection older than `inactive_after` does not count.
TrustVerdict derive_trust(DeviceStatus status, const TrustRecord& record, const TrustPolicy& policy,
                          Timestamp now);

const Evidence* find_evidence(const TrustRecord& record, EvidenceKind kind);
/// Adds, or replaces the row of the same kind.
void record_evidence(TrustRecord& record, Evidence evidence);
/// True if there was one.
bool drop_evidence(TrustRecord& record, EvidenceKind kind);

}  // namespace muster::core
