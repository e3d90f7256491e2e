// SPDX-License-Identifier: Apache-2.0
#include "core/trust.hpp"

#include <gtest/gtest.h>

namespace muster::core {
namespace {

using std::chrono::days;
using std::chrono::seconds;

const Timestamp now = parse_timestamp("2026-11-23T10:00:00Z").value();

Evidence fingerprint() {
    return {EvidenceKind::fingerprint, Provenance::claimed, now - days(400), "verify"};
}
Evidence network(seconds age) {
    return {EvidenceKind::network_connection, Provenance::seen, now - age, "simulated"};
}

TEST(Trust, DerivesLevelFromEvidence) {
    struct Case {
        const char* name;
        DeviceStatus status;
        std::vector<Evidence> evidence;
        std::optional<TrustLevel> pin;
        TrustLevel level;
        int score;
    };
    using enum DeviceStatus;
    const Case cases[] = {
        {"token only", pending, {}, {}, TrustLevel::low, 20},
        {"fingerprint", pending, {fingerprint()}, {}, TrustLevel::medium, 50},
        {"a fingerprint does not age", active, {fingerprint()}, {}, TrustLevel::medium, 50},
        {"on the network", active, {fingerprint(), network(seconds(1))}, {}, TrustLevel::high, 100},
        {"network alone", active, {network(seconds(1))}, {}, TrustLevel::high, 70},
        {"network at the limit",
         active,
         {fingerprint(), network(days(7))},
         {},
         TrustLevel::high,
         100},
        {"network one second past it",
         active,
         {fingerprint(), network(days(7) + seconds(1))},
         {},
         TrustLevel::medium,
         50},
        {"stale network alone", active, {network(days(8))}, {}, TrustLevel::low, 20},
        {"pinned down",
         active,
         {fingerprint(), network(seconds(1))},
         TrustLevel::low,
         TrustLevel::low,
         100},
        {"pinned up", active, {}, TrustLevel::medium, TrustLevel::medium, 20},
        {"revoked beats everything",
         revoked,
         {fingerprint(), network(seconds(1))},
         TrustLevel::high,
         TrustLevel::low,
         0},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        TrustRecord record{c.evidence, {}};
        if (c.pin) record.pin = TrustPin{*c.pin, "admin", "why", now};
        const TrustVerdict verdict = derive_trust(c.status, record, {}, now);
        EXPECT_EQ(verdict.level, c.level);
        EXPECT_EQ(verdict.score, c.score);
        EXPECT_FALSE(verdict.reasons.empty());
    }
}

TEST(Trust, ReasonsSayHowEachFactIsKnown) {
    const TrustRecord record{{fingerprint(), network(days(8))}, {}};
    const TrustVerdict verdict = derive_trust(DeviceStatus::active, record, {}, now);
    ASSERT_EQ(verdict.reasons.size(), 3U);
    EXPECT_EQ(verdict.reasons[1].provenance, "claimed");
    EXPECT_EQ(verdict.reasons[2].provenance, "seen");
    EXPECT_EQ(verdict.reasons[2].points, 0);
    EXPECT_TRUE(verdict.reasons[2].text.contains("too long ago"));
}

TEST(Trust, RecordKeepsOneRowAKind) {
    TrustRecord record;
    record_evidence(record, network(seconds(9)));
    record_evidence(record, network(seconds(1)));
    ASSERT_EQ(record.evidence.size(), 1U);
    EXPECT_EQ(find_evidence(record, EvidenceKind::network_connection)->observed_at,
              now - seconds(1));
    EXPECT_TRUE(drop_evidence(record, EvidenceKind::network_connection));
    EXPECT_FALSE(drop_evidence(record, EvidenceKind::network_connection));
}

}  // namespace
}  // namespace muster::core
