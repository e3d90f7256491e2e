// What a comparison writes of nodes that were seen again, and what it leaves alone.
// SPDX-License-Identifier: Apache-2.0
#include "store/sightings.hpp"

#include <functional>

#include "store/devices.hpp"
#include "store/guards_fixture.hpp"

namespace muster::store {
namespace {

using namespace std::chrono_literals;
using core::EvidenceKind;
using core::TrackedDevice;

class Sightings : public Guards {
protected:
    TrackedDevice read(const char* id) {
        auto read = database.store().read_now([id](Transaction& transaction) {
            return core::Result<TrackedDevice>(find_device(transaction, id)->tracked);
        });
        return std::move(read.value());
    }
    /// The node of a device was seen now, with words that are hard to quote.
    Sighting see(const char* id) {
        Sighting sighting{read(id), read(id)};
        core::Device& is = sighting.after.device;
        is.last_seen = now;
        is.tailscale_hostname = R"(Ana's "laptop" \ ñ)";
        is.tailscale_device_id = "n-1";
        is.tailscale_ip.reset();
        is.metadata = {{"tailscale_tags", boost::json::array{"a'b", "\"c\""}}};
        std::erase_if(sighting.after.trust.evidence, [](const core::Evidence& evidence) {
            return evidence.kind == EvidenceKind::network_connection;
        });
        sighting.after.trust.evidence.push_back(
            {EvidenceKind::network_connection, core::Provenance::seen, now, "headscale"});
        return sighting;
    }
    std::int64_t save(const std::vector<Sighting>& sightings) {
        auto work = [&](Transaction& transaction) {
            return core::Result<std::int64_t>(save_sightings(transaction, sightings));
        };
        return database.store().write_now(work).value();
    }

    const core::Timestamp now = core::parse_timestamp("2026-11-27T10:00:00.000001Z").value();
};

TEST_F(Sightings, AreWrittenTogether) {
    const std::vector<Sighting> seen{see(device), see(bare)};
    EXPECT_EQ(save(seen), 2);
    for (const Sighting& sighting : seen) {
        const TrackedDevice is = read(sighting.before.device.id.c_str());
        EXPECT_EQ(is.device.last_seen, now);
        EXPECT_EQ(is.device.tailscale_hostname, R"(Ana's "laptop" \ ñ)");
        EXPECT_EQ(is.device.tailscale_device_id, "n-1");
        EXPECT_EQ(is.device.tailscale_ip, std::nullopt);
        EXPECT_EQ(is.device.metadata, sighting.after.device.metadata);
        EXPECT_EQ(is.device.name, sighting.before.device.name);
        EXPECT_EQ(is.device.status, sighting.before.device.status);
        const auto* const evidence =
            core::find_evidence(is.trust, EvidenceKind::network_connection);
        ASSERT_NE(evidence, nullptr);
        EXPECT_EQ(evidence->observed_at, now);
        EXPECT_EQ(evidence->source, "headscale");
        EXPECT_EQ(is.trust.evidence.size(), sighting.after.trust.evidence.size());
    }
    EXPECT_EQ(save(seen), 2) << "twice is once";
    EXPECT_EQ(save({}), 0);
}

TEST_F(Sightings, OfARowThatChangedMeanwhileAreLost) {
    const std::vector<Sighting> seen{see(device), see(bare)};
    database.sql("UPDATE devices SET status = 'revoked' WHERE id = $1", device);
    const TrackedDevice before = read(device);
    EXPECT_EQ(save(seen), 1);
    const TrackedDevice after = read(device);
    EXPECT_EQ(after.device.last_seen, before.device.last_seen);
    EXPECT_EQ(after.device.tailscale_hostname, before.device.tailscale_hostname);
    const auto observed = [](const TrackedDevice& tracked) {
        const auto* const found =
            core::find_evidence(tracked.trust, EvidenceKind::network_connection);
        return found ? std::optional(found->observed_at) : std::nullopt;
    };
    EXPECT_EQ(observed(after), observed(before));
    EXPECT_EQ(read(bare).device.last_seen, now);
}

TEST_F(Sightings, WhatIsMoreThanOne) {
    using Change = std::function<void(TrackedDevice&)>;
    const struct {
        const char* name;
        Change change;
        bool is_mere;
    } cases[] = {
        {"nothing else", [](TrackedDevice&) {}, true},
        {"its status", [](TrackedDevice& is) { is.device.status = core::DeviceStatus::inactive; },
         false},
        {"its trust", [](TrackedDevice& is) { is.device.trust_level = core::TrustLevel::low; },
         false},
        {"its key", [](TrackedDevice& is) { is.device.tailscale_auth_key = "sealed"; }, false},
        {"its token", [](TrackedDevice& is) { is.device.enrollment_token = "digest"; }, false},
        {"less evidence", [](TrackedDevice& is) { is.trust.evidence.clear(); }, false},
        {"its pin", [](TrackedDevice& is) { is.trust.pin.emplace().pinned_at += 1h; }, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        Sighting sighting = see(device);
        ASSERT_FALSE(sighting.before.trust.evidence.empty());
        c.change(sighting.after);
        EXPECT_EQ(is_mere_sighting(sighting), c.is_mere);
    }
}

}  // namespace
}  // namespace muster::store
