// Contract section 3: create_pending_device, generate_token, enroll: allowed, refused, effects.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

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

class EnrollmentCreate : public ApiTest {};

struct Refusal {
    const char* name;
    Who who;
    json::object more;
    unsigned status;
    const char* code;
};

class EnrollmentCreateWho : public ApiTest {
protected:
    void expect(std::span<const Refusal> cases) {
        for (const Refusal& c : cases) {
            SCOPED_TRACE(c.name);
            json::object body = c.more;
            body["action"] = "create_pending_device";
            const Reply reply = enrollment(c.who, body);
            EXPECT_EQ(reply.status, c.status);
            EXPECT_EQ(reply.code(), c.code) << json::serialize(reply.body);
        }
    }
    const std::string m_nobody = "00000000-0000-7000-8000-000000000000";
};

TEST_F(EnrollmentCreateWho, ForWhom) {
    const std::string ana = user_id(Who::ana);
    const Refusal cases[] = {
        {"for oneself", Who::ana, {}, 200, ""},
        {"for oneself, named", Who::ana, {{"user_id", ana}}, 200, ""},
        {"for a colleague", Who::ben, {{"user_id", ana}}, 403, "permission_denied"},
        {"support is no admin", Who::sue, {{"user_id", ana}}, 403, "permission_denied"},
        {"the organization's admin", Who::boss, {{"user_id", ana}}, 200, ""},
        {"another's admin", Who::other_boss, {{"user_id", ana}}, 403, "permission_denied"},
        {"a global admin", Who::root, {{"user_id", ana}}, 200, ""},
        {"the service key", Who::service, {{"user_id", ana}}, 200, ""},
        {"the service key has no self", Who::service, {}, 400, "missing_field"},
        {"unknown, by an admin", Who::boss, {{"user_id", m_nobody}}, 403, "permission_denied"},
        {"unknown, by a global admin", Who::root, {{"user_id", m_nobody}}, 404, "user_not_found"},
    };
    expect(cases);
}

TEST_F(EnrollmentCreateWho, WhichOrganizationAndKey) {
    const json::object own{{"organization_id", organization_id('A')}};
    const json::object foreign{{"organization_id", organization_id('B')}};
    const json::object unknown{{"organization_id", m_nobody}};
    const Refusal cases[] = {
        {"own", Who::ana, own, 200, ""},
        {"foreign", Who::ana, foreign, 403, "permission_denied"},
        {"foreign, by an admin", Who::boss, foreign, 403, "permission_denied"},
        {"foreign, by a global admin", Who::root, foreign, 200, ""},
        {"unknown", Who::root, unknown, 404, "organization_not_found"},
        {"a key of 512", Who::ana, {{"tailscale_auth_key", std::string(512, 'k')}}, 200, ""},
        {"a key of 513",
         Who::ana,
         {{"tailscale_auth_key", std::string(513, 'k')}},
         400,
         "invalid_length"},
    };
    expect(cases);
}

TEST_F(EnrollmentCreate, CreatePendingDeviceEffects) {
    const Reply reply = enrollment(Who::boss, {{"action", "create_pending_device"},
                                               {"user_id", user_id(Who::ana)},
                                               {"device_type", "macos"},
                                               {"os", "macOS 14"}});
    EXPECT_EQ(members_of(reply),
              (std::vector<std::string>{"device_id", "enrollment_token", "expires_at",
                                        "has_tailscale_key", "message", "success"}));
    const std::string id = reply.text("device_id");
    EXPECT_TRUE(reply.text("expires_at").starts_with("2026-11-24T10:00:0"));
    EXPECT_EQ(column(id, "name"), "Pending Device");
    EXPECT_EQ(column(id, "status"), "pending");
    EXPECT_EQ(column(id, "trust_level"), "low");
    EXPECT_EQ(column(id, "user_id"), user_id(Who::ana));
    EXPECT_EQ(column(id, "organization_id"), organization_id('A'));
    EXPECT_EQ(column(id, "enrollment_token").size(), 64U);
    EXPECT_FALSE(column(id, "enrollment_token").contains(reply.text("enrollment_token")));
    EXPECT_TRUE(column(id, "metadata").contains(user_id(Who::boss)));
    EXPECT_TRUE(column(id, "metadata").contains("tailscale_tags"));
    EXPECT_EQ(events_of(id), Events{"pending_device_created"});
    EXPECT_EQ(audit_of(id), Events{"pending_device_created"});
}

TEST_F(EnrollmentCreate, AGivenNetworkKeyIsSealedAndHandedOutOnce) {
    const Reply created = enrollment(
        Who::ana, {{"action", "create_pending_device"}, {"tailscale_auth_key", "tskey-example"}});
    const std::string id = created.text("device_id");
    EXPECT_TRUE(created.body.at("has_tailscale_key").as_bool());
    EXPECT_TRUE(column(id, "tailscale_auth_key").starts_with("sealed.v1."));
    const Reply verified =
        enrollment(Who::nobody,
                   {{"action", "verify"}, {"enrollment_token", created.text("enrollment_token")}});
    EXPECT_EQ(verified.text("tailscale_auth_key"), "tskey-example");
    EXPECT_EQ(verified.text("network"), "tailscale");
}

TEST_F(EnrollmentCreate, GenerateToken) {
    const Reply reply = enrollment(Who::ana, {{"action", "generate_token"}});
    EXPECT_EQ(members_of(reply),
              (std::vector<std::string>{"device_id", "enrollment_token", "expires_at",
                                        "has_tailscale_key", "success"}));
    EXPECT_EQ(column(reply.text("device_id"), "name"), "New Device");
    EXPECT_EQ(events_of(reply.text("device_id")), Events{"enrollment_initiated"});
    const Reply service = enrollment(Who::service, {{"action", "generate_token"}});
    EXPECT_EQ(service.code(), "permission_denied");
}

TEST_F(EnrollmentCreate, EnrollSilently) {
    const json::object body{{"action", "enroll"}, {"fingerprint", "fp-1"}, {"os", "Debian 12"}};
    const Reply first = enrollment(Who::ana, body);
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(first.text("status"), "active");
    EXPECT_EQ(members_of(first),
              (std::vector<std::string>{"device_id", "message", "status", "success"}));
    const std::string id = first.text("device_id");
    EXPECT_EQ(column(id, "trust_level"), "medium");
    EXPECT_EQ(column(id, "name"), "Auto-enrolled Device");
    EXPECT_EQ(events_of(id), Events{"enrolled"});
    EXPECT_EQ(audit_of(id), Events{"device_enrolled"});

    const Reply again = enrollment(Who::ana, body);
    EXPECT_EQ(again.text("device_id"), id);
    EXPECT_EQ(again.text("message"), "Device already enrolled");
    EXPECT_EQ(events_of(id), Events{"enrolled"});

    EXPECT_EQ(enrollment(Who::ben, body).code(), "fingerprint_in_use");
    EXPECT_EQ(enrollment(Who::ben, body).status, 409U);
    EXPECT_EQ(enrollment(Who::service, body).code(), "permission_denied");
    EXPECT_EQ(enrollment(Who::ana, {{"action", "enroll"}}).code(), "missing_field");
    EXPECT_EQ(enrollment(Who::ana, {{"action", "revoke"}, {"device_id", id}}).status, 200U);
    const Reply revoked = enrollment(Who::ana, body);
    EXPECT_EQ(revoked.status, 403U);
    EXPECT_EQ(revoked.code(), "device_revoked");
}

}  // namespace
}  // namespace muster::api
