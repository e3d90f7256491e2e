// Derives a trust level, and the score and reasons that explain it, from recorded evidence.
// SPDX-License-Identifier: Apache-2.0
#include "core/trust.hpp"

#include <algorithm>
#include <utility>

namespace muster::core {

namespace {

// What each fact adds to the score. The level does not depend on these.
constexpr int token_points = 20;
constexpr int fingerprint_points = 30;
constexpr int network_points = 50;

bool is_fresh(const Evidence& evidence, const TrustPolicy& policy, Timestamp now) {
    return now - evidence.observed_at <= policy.inactive_after;
}

TrustReason reason_of(const Evidence& evidence, bool counts) {
    TrustReason reason;
    reason.fact = to_text(evidence.kind);
    reason.provenance = to_text(evidence.provenance);
    reason.observed_at = evidence.observed_at;
    const bool network = evidence.kind == EvidenceKind::network_connection;
    if (counts) reason.points = network ? network_points : fingerprint_points;
    if (!network) {
        reason.text = "The device named itself by a fingerprint while it held the token.";
    } else if (counts) {
        reason.text = "The network's own API showed the device on " + evidence.source + ".";
    } else {
        reason.text = "The connection to " + evidence.source + " was seen too long ago to count.";
    }
    return reason;
}

}  // namespace

std::string_view to_text(EvidenceKind kind) {
    switch (kind) {
        case EvidenceKind::fingerprint: return "fingerprint";
        case EvidenceKind::network_connection: return "network_connection";
    }
    std::unreachable();
}

std::string_view to_text(Provenance provenance) {
    switch (provenance) {
        case Provenance::claimed: return "claimed";
        case Provenance::seen: return "seen";
        case Provenance::vouched: return "vouched";
        case Provenance::proven: return "proven";
    }
    std::unreachable();
}

std::optional<EvidenceKind> parse_evidence_kind(std::string_view text) {
    for (const auto kind : {EvidenceKind::fingerprint, EvidenceKind::network_connection}) {
        if (to_text(kind) == text) return kind;
    }
    return std::nullopt;
}

std::optional<Provenance> parse_provenance(std::string_view text) {
    for (const auto provenance :
         {Provenance::claimed, Provenance::seen, Provenance::vouched, Provenance::proven}) {
        if (to_text(provenance) == text) return provenance;
    }
    return std::nullopt;
}

TrustVerdict derive_trust(DeviceStatus status, const TrustRecord& record, const TrustPolicy& policy,
                          Timestamp now) {
    TrustVerdict verdict;
    if (status == DeviceStatus::revoked) {
        verdict.reasons.push_back(
            {"revoked", to_text(Provenance::vouched), std::nullopt, 0, "Access was revoked."});
        return verdict;
    }
    verdict.score = token_points;
    verdict.reasons.push_back({"token", to_text(Provenance::vouched), std::nullopt, token_points,
                               "Somebody with an account put the device on the roster."});
    for (const Evidence& evidence : record.evidence) {
        const bool network = evidence.kind == EvidenceKind::network_connection;
        const bool counts = !network || is_fresh(evidence, policy, now);
        if (counts) {
            verdict.level =
                std::max(verdict.level, network ? TrustLevel::high : TrustLevel::medium);
        }
        verdict.reasons.push_back(reason_of(evidence, counts));
        verdict.score += verdict.reasons.back().points;
    }
    if (record.pin) {
        verdict.level = record.pin->level;
        verdict.reasons.push_back({"pin", to_text(Provenance::vouched), record.pin->pinned_at, 0,
                                   "An administrator set the level: " + record.pin->reason});
    }
    return verdict;
}

const Evidence* find_evidence(const TrustRecord& record, EvidenceKind kind) {
    const auto found = std::ranges::find(record.evidence, kind, &Evidence::kind);
    return found == record.evidence.end() ? nullptr : &*found;
}

void record_evidence(TrustRecord& record, Evidence evidence) {
    const auto found = std::ranges::find(record.evidence, evidence.kind, &Evidence::kind);
    if (found == record.evidence.end()) {
        record.evidence.push_back(std::move(evidence));
    } else {
        *found = std::move(evidence);
    }
}

bool drop_evidence(TrustRecord& record, EvidenceKind kind) {
    return std::erase_if(record.evidence,
                         [kind](const Evidence& evidence) { return evidence.kind == kind; }) > 0;
}

}  // namespace muster::core
