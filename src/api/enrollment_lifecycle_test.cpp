// Contract section 3: revoke, reactivate, set_trust_level: allowed, refused, effects.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/api_test.hpp"
#include "api/functions/device_enrollment.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Events = std::vector<std::string>;

class EnrollmentLifecycle : public ApiTest {};

TEST_F(EnrollmentLifecycle, RevokeWhoAndEffects) {
    struct Case {
        const char* name;
        Who who;
        unsigned status;
        const char* code;
    };
    const Case cases[] = {
        {"a colleague", Who::ben, 404, "device_not_found"},
        {"support", Who::sue, 404, "device_not_found"},
        {"another organization's admin", Who::other_boss, 404, "device_not_found"},
        {"nobody", Who::nobody, 401, "authorization_required"},
        {"an admin", Who::boss, 200, ""},
        {"the owner, again", Who::ana, 200, ""},
        {"the service key, again", Who::service, 200, ""},
    };
    const std::string id = connected_device(Who::ana, "fp-1");
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = enrollment(
            c.who, {{"action", "revoke"}, {"device_id", id}, {"reason", "lost on a train"}});
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.code(), c.code);
    }
    EXPECT_EQ(column(id, "status"), "revoked");
    EXPECT_EQ(column(id, "trust_level"), "low");
    const Events events = events_of(id);
    EXPECT_EQ(std::ranges::count(events, "device_revoked"), 1);
    EXPECT_EQ(events.back(), "trust_level_changed");
    EXPECT_EQ(audit_of(id).back(), "device_revoked");
    const Reply shown = send(Who::boss, "GET", "/roster/v1/devices/" + id);
    ASSERT_EQ(shown.body.at("jobs").as_array().size(), 1U);
    EXPECT_EQ(shown.body.at("jobs").at(0).at("kind").as_string(), "remove_node");
    EXPECT_GE(m_wakes, 1);
    const Reply long_reason = enrollment(
        Who::ana, {{"action", "revoke"}, {"device_id", id}, {"reason", std::string(501, 'r')}});
    EXPECT_EQ(long_reason.code(), "invalid_length");
    EXPECT_EQ(enrollment(Who::ana, {{"action", "revoke"}}).code(), "missing_field");
}

TEST_F(EnrollmentLifecycle, ReactivateBeforeTheNodeWasTouched) {
    const std::string id = connected_device(Who::ana, "fp-1");
    const json::object reactivate{{"action", "reactivate"}, {"device_id", id}};
    EXPECT_EQ(enrollment(Who::boss, reactivate).code(), "device_not_revoked");
    ASSERT_EQ(enrollment(Who::ana, {{"action", "revoke"}, {"device_id", id}}).status, 200U);
    EXPECT_EQ(enrollment(Who::ana, reactivate).code(), "permission_denied");
    EXPECT_EQ(enrollment(Who::other_boss, reactivate).code(), "device_not_found");
    const Reply reply = enrollment(Who::boss, reactivate);
    EXPECT_EQ(reply.text("status"), "active");
    EXPECT_EQ(members_of(reply), (std::vector<std::string>{"status", "success"}));
    EXPECT_EQ(column(id, "trust_level"), "high");
    const Reply shown = send(Who::boss, "GET", "/roster/v1/devices/" + id);
    EXPECT_EQ(shown.body.at("jobs").at(0).at("state").as_string(), "cancelled");
}

TEST_F(EnrollmentLifecycle, ReactivateADeviceThatWasOnNoNetwork) {
    const Reply enrolled = enrollment(Who::ana, {{"action", "enroll"}, {"fingerprint", "fp-1"}});
    const std::string id = enrolled.text("device_id");
    ASSERT_EQ(enrollment(Who::ana, {{"action", "revoke"}, {"device_id", id}}).status, 200U);
    const Reply reply = enrollment(Who::boss, {{"action", "reactivate"}, {"device_id", id}});
    EXPECT_EQ(members_of(reply),
              (std::vector<std::string>{"enrollment_token", "expires_at", "status", "success"}));
    EXPECT_EQ(reply.text("status"), "pending");
    EXPECT_EQ(column(id, "trust_level"), "low");
    const Reply verified =
        enrollment(Who::nobody, {{"action", "verify"},
                                 {"enrollment_token", reply.text("enrollment_token")},
                                 {"fingerprint", "reinstalled"}});
    EXPECT_EQ(verified.status, 200U) << json::serialize(verified.body);
    EXPECT_EQ(audit_of(id).back(), "device_reactivated");
}

TEST_F(EnrollmentLifecycle, SetTrustLevel) {
    const std::string id = connected_device(Who::ana, "fp-1");
    const auto set = [&](Who who, const char* level) {
        return enrollment(who, {{"action", "set_trust_level"},
                                {"device_id", id},
                                {"trust_level", level},
                                {"reason", "stolen?"}});
    };
    EXPECT_EQ(set(Who::ana, "high").code(), "permission_denied");
    EXPECT_EQ(set(Who::other_boss, "high").code(), "device_not_found");
    const Reply reply = set(Who::boss, "low");
    EXPECT_EQ(members_of(reply), (std::vector<std::string>{"success", "trust_level"}));
    EXPECT_EQ(column(id, "trust_level"), "low");
    EXPECT_EQ(
        enrollment(Who::ana, {{"action", "check_tailscale_status"}, {"device_id", id}}).status,
        200U);
    EXPECT_EQ(column(id, "trust_level"), "low");  // pinned
    EXPECT_EQ(set(Who::boss, "derived").text("trust_level"), "high");
    for (const char* const missing : {"device_id", "trust_level", "reason"}) {
        json::object body{{"action", "set_trust_level"},
                          {"device_id", id},
                          {"trust_level", "low"},
                          {"reason", "x"}};
        body.erase(missing);
        const Reply refused = enrollment(Who::boss, body);
        EXPECT_EQ(refused.code(), "missing_field") << missing;
        EXPECT_TRUE(refused.text("error").contains(missing));
    }
    ASSERT_EQ(enrollment(Who::ana, {{"action", "revoke"}, {"device_id", id}}).status, 200U);
    EXPECT_EQ(set(Who::boss, "high").code(), "device_revoked");
}

}  // namespace
}  // namespace muster::api
