// SPDX-License-Identifier: Apache-2.0
#include "core/device.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/principal.hpp"

namespace muster::core {
namespace {

TEST(Words, GoThereAndBack) {
    for (const auto status : {DeviceStatus::pending, DeviceStatus::active, DeviceStatus::inactive,
                              DeviceStatus::revoked}) {
        EXPECT_EQ(parse_device_status(to_text(status)), status);
    }
    for (const auto level : {TrustLevel::low, TrustLevel::medium, TrustLevel::high}) {
        EXPECT_EQ(parse_trust_level(to_text(level)), level);
    }
    for (const auto role : {Role::user, Role::support, Role::org_admin, Role::global_admin}) {
        EXPECT_EQ(parse_role(to_text(role)), role);
    }
    EXPECT_FALSE(parse_device_status("Active"));
    EXPECT_FALSE(parse_trust_level(""));
    EXPECT_FALSE(parse_role("service_role"));
}

TEST(EventTypes, EveryTypeHasOneRow) {
    for (int type = 0; type <= static_cast<int>(EventType::device_deleted); ++type) {
        EXPECT_EQ(std::ranges::count(event_type_table(), static_cast<EventType>(type),
                                     &EventTypeRow::type),
                  1)
            << type;
    }
}

TEST(Authority, Administers) {
    struct Case {
        const char* name;
        Role role;
        std::optional<std::string> own;
        std::optional<std::string> asked;
        bool administers;
        bool audits;
    };
    const Case cases[] = {
        {"global admin, anything", Role::global_admin, "a", "b", true, true},
        {"global admin, no organization", Role::global_admin, std::nullopt, std::nullopt, true,
         true},
        {"own organization", Role::org_admin, "a", "a", true, true},
        {"foreign organization", Role::org_admin, "a", "b", false, false},
        {"both without organization", Role::org_admin, std::nullopt, std::nullopt, false, false},
        {"support reads", Role::support, "a", "a", false, true},
        {"support, foreign", Role::support, "a", "b", false, false},
        {"support without organization", Role::support, std::nullopt, std::nullopt, false, false},
        {"user", Role::user, "a", "a", false, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Profile profile{"u", c.own, "U", c.role};
        EXPECT_EQ(administers(profile, c.asked), c.administers);
        EXPECT_EQ(may_audit(profile, c.asked), c.audits);
    }
}

}  // namespace
}  // namespace muster::core
