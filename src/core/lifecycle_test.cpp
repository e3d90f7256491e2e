// Each transition as a table; then random sequences of all of them, held against what must be true
// of every sequence.
// SPDX-License-Identifier: Apache-2.0
#include "core/lifecycle.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace muster::core {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

const Timestamp start = parse_timestamp("2026-11-23T10:00:00Z").value();

TrackedDevice pending_device() {
    TrackedDevice tracked;
    tracked.device.id = "d";
    tracked.device.user_id = "u";
    tracked.device.name = "Pending Device";
    tracked.device.enrollment_token = "digest";
    tracked.device.enrollment_expires_at = start + hours(24);
    tracked.device.last_seen = start;
    tracked.device.created_at = start;
    return tracked;
}

NodeSighting node() {
    return {"simulated", "n1", "laptop", "100.64.0.1", {"tag:prod"}, {}, true, {}};
}

std::vector<EventType> types_of(const Transition& change) {
    std::vector<EventType> types;
    for (const DeviceEvent& event : change.events) types.push_back(event.type);
    return types;
}

TEST(ValidateToken, Table) {
    struct Case {
        const char* name;
        DeviceStatus status;
        std::optional<std::string> bound;
        std::optional<std::string> shown;
        Timestamp at;
        std::optional<Code> refusal;
    };
    using enum DeviceStatus;
    const Timestamp expiry = start + hours(24);
    const Case cases[] = {
        {"first, with fingerprint", pending, {}, "fp", start, {}},
        {"first, without", pending, {}, {}, start, {}},
        {"same fingerprint again", pending, "fp", "fp", start, {}},
        {"another fingerprint", pending, "fp", "other", start, Code::token_bound},
        {"none where one is bound", pending, "fp", {}, start, Code::token_bound},
        {"last microsecond", pending, {}, "fp", expiry - std::chrono::microseconds(1), {}},
        {"at expiry", pending, {}, "fp", expiry, Code::token_expired},
        {"active", active, {}, "fp", start, Code::invalid_token},
        {"inactive", inactive, {}, "fp", start, Code::invalid_token},
        {"revoked", revoked, {}, "fp", start, Code::invalid_token},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        TrackedDevice device = pending_device();
        device.device.status = c.status;
        device.device.fingerprint = c.bound;
        TokenValidation facts;
        facts.fingerprint = c.shown;
        const auto change = validate_token(device, facts, {}, c.at);
        EXPECT_EQ(change.has_value(), !c.refusal.has_value());
        if (!change && c.refusal) {
            EXPECT_EQ(change.error().code, *c.refusal);
        }
    }
}

TEST(ValidateToken, RaisesToMediumOnceAndRepeatsSilently) {
    TokenValidation facts;
    facts.fingerprint = "fp";
    facts.device_name = "anas-laptop";
    facts.has_network_key = true;
    const auto first = validate_token(pending_device(), facts, {}, start);
    ASSERT_TRUE(first);
    EXPECT_EQ(types_of(*first),
              (std::vector{EventType::token_validated, EventType::trust_level_changed}));
    EXPECT_EQ(first->after.device.trust_level, TrustLevel::medium);
    EXPECT_EQ(first->after.device.name, "anas-laptop");
    EXPECT_TRUE(first->events.front().details.at("has_tailscale_key").as_bool());
    const auto again = validate_token(first->after, facts, {}, start + seconds(5));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->events.empty());
}

TEST(Connect, CompletesAnEnrolment) {
    const auto change = connect(pending_device(), node(), {}, start + seconds(9));
    ASSERT_TRUE(change);
    const Device& device = change->after.device;
    EXPECT_EQ(device.status, DeviceStatus::active);
    EXPECT_EQ(device.trust_level, TrustLevel::high);
    EXPECT_EQ(device.enrolled_at, start + seconds(9));
    EXPECT_FALSE(device.enrollment_token);
    EXPECT_FALSE(device.tailscale_auth_key);
    EXPECT_EQ(types_of(*change),
              (std::vector{EventType::trust_level_changed, EventType::tailscale_connected,
                           EventType::tailscale_enrollment_complete}));
    const auto again = connect(change->after, node(), {}, start + seconds(99));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->events.empty());
    EXPECT_EQ(again->after.device.last_seen, start + seconds(99));
}

TEST(Connect, AnOfflineNodeDoesNotWakeAnInactiveDevice) {
    TrackedDevice device = connect(pending_device(), node(), {}, start)->after;
    device = fall_silent(device, {}, start + days(8)).after;
    NodeSighting offline = node();
    offline.online = false;
    offline.last_seen = start;
    const auto still = connect(device, offline, {}, start + days(8));
    ASSERT_TRUE(still);
    EXPECT_EQ(still->after.device.status, DeviceStatus::inactive);
    EXPECT_NE(still->after.device.trust_level, TrustLevel::high);
    const auto back = connect(device, node(), {}, start + days(8));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->after.device.status, DeviceStatus::active);
    EXPECT_EQ(types_of(*back),
              (std::vector{EventType::device_active, EventType::trust_level_changed}));
}

TEST(LoseNetwork, FallsBackToWhatIsLeft) {
    TokenValidation facts;
    facts.fingerprint = "fp";
    TrackedDevice device = validate_token(pending_device(), facts, {}, start)->after;
    device = connect(device, node(), {}, start)->after;
    const Transition change = lose_network(device, "simulated", {}, start + seconds(1));
    EXPECT_EQ(change.after.device.trust_level, TrustLevel::medium);
    EXPECT_EQ(types_of(change),
              (std::vector{EventType::network_left, EventType::trust_level_changed}));
    EXPECT_TRUE(lose_network(change.after, "simulated", {}, start).events.empty());
}

TEST(FallSilent, OnlyPastTheLimit) {
    const TrackedDevice device = connect(pending_device(), node(), {}, start)->after;
    EXPECT_TRUE(fall_silent(device, {}, start + days(7)).events.empty());
    const Transition change = fall_silent(device, {}, start + days(7) + seconds(1));
    EXPECT_EQ(change.after.device.status, DeviceStatus::inactive);
    EXPECT_EQ(change.after.device.trust_level, TrustLevel::low);
    EXPECT_TRUE(fall_silent(pending_device(), {}, start + days(99)).events.empty());
}

TEST(ExpireToken, OnlyAtExpiry) {
    EXPECT_TRUE(expire_token(pending_device(), start + hours(23)).events.empty());
    const Transition change = expire_token(pending_device(), start + hours(24));
    EXPECT_FALSE(change.after.device.enrollment_token);
    EXPECT_EQ(types_of(change), std::vector{EventType::token_expired});
    EXPECT_TRUE(expire_token(change.after, start + hours(25)).events.empty());
}

TEST(Revoke, FromEveryStatusAndOnlyOnce) {
    for (const auto status :
         {DeviceStatus::pending, DeviceStatus::active, DeviceStatus::inactive}) {
        TrackedDevice device = pending_device();
        device.device.status = status;
        const Transition change = revoke(device, {"lost", "admin"}, {}, start);
        EXPECT_EQ(change.after.device.status, DeviceStatus::revoked);
        EXPECT_EQ(change.after.device.trust_level, TrustLevel::low);
        EXPECT_FALSE(change.after.device.enrollment_token);
        EXPECT_EQ(types_of(change), std::vector{EventType::device_revoked});
        EXPECT_TRUE(revoke(change.after, {{}, "admin"}, {}, start).events.empty());
    }
}

TEST(Reactivate, Table) {
    struct Case {
        const char* name;
        Actor actor;
        DeviceStatus status;
        bool never_left;
        std::optional<Code> refusal;
        DeviceStatus after;
    };
    using enum DeviceStatus;
    const Case cases[] = {
        {"an admin", Actor::admin, revoked, false, {}, pending},
        {"an admin, the node still there", Actor::admin, revoked, true, {}, active},
        {"the owner", Actor::owner, revoked, false, Code::permission_denied, revoked},
        {"the device", Actor::device, revoked, false, Code::permission_denied, revoked},
        {"the system", Actor::system, revoked, true, Code::permission_denied, revoked},
        {"not revoked", Actor::admin, active, false, Code::device_not_revoked, active},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        TrackedDevice device = connect(pending_device(), node(), {}, start)->after;
        if (c.status == revoked) device = revoke(device, {{}, "admin"}, {}, start).after;
        const Reactivation how{"admin", c.never_left, "new", start + hours(24)};
        const auto change = reactivate(device, c.actor, how, {}, start);
        ASSERT_EQ(change.has_value(), !c.refusal.has_value());
        if (!change) {
            EXPECT_EQ(change.error().code, *c.refusal);
            continue;
        }
        EXPECT_EQ(change->after.device.status, c.after);
        EXPECT_EQ(change->after.device.enrollment_token.has_value(), !c.never_left);
        EXPECT_EQ(change->after.device.trust_level,
                  c.never_left ? TrustLevel::high : TrustLevel::low);
    }
}

TEST(PinTrust, HoldsUntilReevaluated) {
    TrackedDevice device = connect(pending_device(), node(), {}, start)->after;
    const TrustPin pin{TrustLevel::low, "admin", "stolen?", start};
    EXPECT_FALSE(pin_trust(device, Actor::owner, pin, {}, start));
    device = pin_trust(device, Actor::admin, pin, {}, start)->after;
    EXPECT_EQ(device.device.trust_level, TrustLevel::low);
    device = connect(device, node(), {}, start + seconds(1))->after;
    EXPECT_EQ(device.device.trust_level, TrustLevel::low);
    const Transition back = reevaluate(device, "found", {}, start + seconds(2));
    EXPECT_EQ(back.after.device.trust_level, TrustLevel::high);
    const TrackedDevice revoked = revoke(device, {{}, "admin"}, {}, start).after;
    EXPECT_EQ(pin_trust(revoked, Actor::admin, pin, {}, start).error().code, Code::device_revoked);
}

// --- any sequence of calls ---------------------------------------------------------------------

/// One random walk: what the device is, and what has been done to it so far.
class Walk {
public:
    explicit Walk(std::uint64_t seed) : m_random(seed) {}

    void step() {
        m_now += seconds(m_random() % 400'000);
        const DeviceStatus status = m_device.device.status;
        const TrustLevel level = m_device.device.trust_level;
        const unsigned choice = m_random() % 10;
        const std::optional<Transition> change = apply(choice);
        if (!change) return;
        check_events(status, level, *change);
        m_device = change->after;
        check_state(status, choice);
    }

private:
    static constexpr unsigned reactivate_by_admin = 7;

    std::optional<Transition> apply(unsigned choice) {
        const TrustPolicy policy;
        switch (choice) {
            case 0: return taken(validate_token(m_device, facts(), policy, m_now));
            case 1: return taken(confirm(policy));
            case 2: return lost(policy);
            case 3: return taken(see(m_device, policy, m_now));
            case 4: return fall_silent(m_device, policy, m_now);
            case 5: return expire_token(m_device, m_now);
            case 6: return revoke(m_device, {{}, "someone"}, policy, m_now);
            case reactivate_by_admin: return taken(reactivated(Actor::admin, policy));
            case 8: return taken(reactivated(Actor::owner, policy));
            default: return reevaluate(m_device, "asked", policy, m_now);
        }
    }
    static std::optional<Transition> taken(Result<Transition> change) {
        if (!change) return std::nullopt;
        return std::move(*change);
    }
    TokenValidation facts() {
        TokenValidation facts;
        if (m_random() % 4 != 0) facts.fingerprint = m_random() % 2 == 0 ? "a" : "b";
        return facts;
    }
    Result<Transition> confirm(const TrustPolicy& policy) {
        auto change = connect(m_device, node(), policy, m_now);
        if (change) m_confirmed = true;
        return change;
    }
    Transition lost(const TrustPolicy& policy) {
        m_confirmed = false;
        return lose_network(m_device, "simulated", policy, m_now);
    }
    Result<Transition> reactivated(Actor actor, const TrustPolicy& policy) {
        const bool never_left = m_confirmed && m_random() % 2 == 0;
        auto change =
            reactivate(m_device, actor, {"x", never_left, "new", m_now + hours(24)}, policy, m_now);
        if (change && !never_left) m_confirmed = false;
        return change;
    }

    static int count(const Transition& change, std::initializer_list<EventType> types) {
        return static_cast<int>(std::ranges::count_if(change.events, [&](const DeviceEvent& event) {
            return std::ranges::find(types, event.type) != types.end();
        }));
    }
    static void check_events(DeviceStatus status, TrustLevel level, const Transition& change) {
        const Device& after = change.after.device;
        EXPECT_EQ(count(change, {EventType::trust_level_changed}), after.trust_level != level);
        using enum EventType;
        EXPECT_EQ(count(change, {tailscale_enrollment_complete, device_active, device_inactive,
                                 device_revoked, device_reactivated}),
                  after.status != status);
    }
    void check_state(DeviceStatus before, unsigned choice) const {
        const Device& device = m_device.device;
        if (device.trust_level == TrustLevel::high) {
            EXPECT_TRUE(m_confirmed);
        }
        if (device.status == DeviceStatus::revoked) {
            EXPECT_EQ(device.trust_level, TrustLevel::low);
        }
        if (before == DeviceStatus::revoked && device.status != before) {
            EXPECT_EQ(choice, reactivate_by_admin);
        }
        if (device.status != DeviceStatus::pending) {
            EXPECT_FALSE(device.enrollment_token);
        }
    }

    std::mt19937_64 m_random;
    TrackedDevice m_device = pending_device();
    Timestamp m_now = start;
    bool m_confirmed = false;  ///< the network has shown the device, and nothing has undone it
};

TEST(Lifecycle, NoSequenceBreaksTheRules) {
    for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
        SCOPED_TRACE(seed);
        Walk walk(seed);
        for (int i = 0; i < 60; ++i) walk.step();
        if (::testing::Test::HasFailure()) break;
    }
}

}  // namespace
}  // namespace muster::core
