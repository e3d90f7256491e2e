// The action table of contract section 3: for each action what is allowed, each refusal, and one
// past each limit.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/device_enrollment.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/api_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Events = std::vector<std::string>;

class DeviceEnrollment : public ApiTest {};

constexpr std::string_view path = "/functions/v1/device-enrollment";

/// Members of an answer, sorted: the contract fixes which are there.
std::vector<std::string> members(const Reply& reply) {
    std::vector<std::string> names;
    for (const auto& [name, value] : reply.body.as_object()) names.emplace_back(name);
    std::ranges::sort(names);
    return names;
}

TEST_F(DeviceEnrollment, WhatEveryActionRefuses) {
    struct Case {
        const char* name;
        Who who;
        std::string body;
        unsigned status;
        const char* code;
        const char* names;  // must be in `error`
    };
    const std::string name_101(101, 'x');
    const std::string os_51(51, 'x');
    const std::string fingerprint_101(101, 'a');
    const auto action = [](const std::string& more) {
        return R"({"action":"generate_token",)" + more + "}";
    };
    const Case cases[] = {
        {"no credentials", Who::nobody, R"({"action":"generate_token"})", 401,
         "authorization_required", ""},
        {"the anon key is nobody", Who::anon_key, R"({"action":"revoke"})", 401,
         "authorization_required", ""},
        {"a forged session", Who::forger, R"({"action":"generate_token"})", 401,
         "invalid_authentication", ""},
        {"a user who is gone", Who::ghost, R"({"action":"generate_token"})", 401,
         "invalid_authentication", ""},
        {"no body", Who::ana, "", 400, "invalid_json", ""},
        {"broken JSON", Who::ana, "{", 400, "invalid_json", ""},
        {"an array", Who::ana, "[]", 400, "invalid_json", "object"},
        {"bytes after it", Who::ana, R"({"action":"enroll"} x)", 400, "invalid_json", ""},
        {"bad UTF-8", Who::ana, "{\"action\":\"\xff\"}", 400, "invalid_utf8", "body"},
        {"half a surrogate pair", Who::ana, action(R"("device_name":"\ud800")"), 400,
         "invalid_json", ""},
        {"no action", Who::ana, "{}", 400, "invalid_action", "generate_token"},
        {"unknown action", Who::ana, R"({"action":"destroy"})", 400, "invalid_action",
         "generate_token"},
        {"action is a number", Who::ana, R"({"action":7})", 400, "invalid_type", "action"},
        {"name is a number", Who::ana, action(R"("device_name":7)"), 400, "invalid_type",
         "device_name"},
        {"name is empty", Who::ana, action(R"("device_name":"")"), 400, "invalid_length",
         "device_name"},
        {"name of 101", Who::ana, action("\"device_name\":\"" + name_101 + "\""), 400,
         "invalid_length", "device_name"},
        {"control character", Who::ana, action(R"("device_name":"a\u0007b")"), 400,
         "invalid_characters", "device_name"},
        {"C1 control character", Who::ana, action(R"("device_name":"a\u0085b")"), 400,
         "invalid_characters", "device_name"},
        {"unknown type", Who::ana, action(R"("device_type":"toaster")"), 400, "invalid_value",
         "device_type"},
        {"type in capitals", Who::ana, action(R"("device_type":"Laptop")"), 400, "invalid_value",
         "device_type"},
        {"empty type", Who::ana, action(R"("device_type":"")"), 400, "invalid_value",
         "device_type"},
        {"os of 51", Who::ana, action("\"os\":\"" + os_51 + "\""), 400, "invalid_length", "os"},
        {"fingerprint with a dot", Who::ana, action(R"("fingerprint":"a.b")"), 400,
         "invalid_characters", "fingerprint"},
        {"fingerprint of 101", Who::ana, action("\"fingerprint\":\"" + fingerprint_101 + "\""), 400,
         "invalid_length", "fingerprint"},
        {"user_id no UUID", Who::ana, action(R"("user_id":"me")"), 400, "invalid_type", "user_id"},
        {"unknown level", Who::ana, action(R"("trust_level":"total")"), 400, "invalid_value",
         "trust_level"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = send(c.who, "POST", path, c.body);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.code(), c.code) << json::serialize(reply.body);
        EXPECT_TRUE(reply.text("error").contains(c.names)) << reply.text("error");
        EXPECT_EQ(members(reply), (std::vector<std::string>{"code", "error"}));
    }
}

TEST_F(DeviceEnrollment, LimitsAreInclusive) {
    const std::string name(100, 'x');
    std::string wide;  // 100 code points, 400 bytes
    for (int i = 0; i < 100; ++i) wide += "\U0001F4BB";
    for (const std::string& accepted : {name, wide}) {
        const Reply reply = enrollment(Who::ana, {{"action", "generate_token"},
                                                  {"device_name", accepted},
                                                  {"os", std::string(50, 'o')},
                                                  {"fingerprint", std::string(100, 'f')},
                                                  {"some_other_field", {{"ignored", true}}}});
        EXPECT_EQ(reply.status, 200U) << json::serialize(reply.body);
        EXPECT_EQ(column(reply.text("device_id"), "name"), accepted);
    }
}

TEST_F(DeviceEnrollment, BodyLimit) {
    const std::string head = R"({"action":"generate_token","padding":")";
    const std::string exact =
        head + std::string(enrollment_body_bytes_max - head.size() - 2, 'x') + "\"}";
    EXPECT_EQ(send(Who::ana, "POST", path, exact).status, 200U);
    const Reply past = send(Who::ana, "POST", path, exact + " ");
    EXPECT_EQ(past.status, 413U);
    EXPECT_EQ(past.code(), "body_too_large");
}

TEST_F(DeviceEnrollment, JsonDepthLimit) {
    const auto nested = [](int depth) {
        return R"({"action":"generate_token","x":)" + std::string(depth, '[') +
               std::string(depth, ']') + "}";
    };
    EXPECT_EQ(send(Who::ana, "POST", path, nested(31)).status, 200U);
    EXPECT_EQ(send(Who::ana, "POST", path, nested(32)).code(), "invalid_json");
}

TEST_F(DeviceEnrollment, MethodsAndPreflight) {
    for (const char* const method : {"GET", "PUT", "DELETE", "PATCH"}) {
        const Reply reply = send(Who::ana, method, path);
        EXPECT_EQ(reply.status, 405U) << method;
        EXPECT_EQ(reply.code(), "method_not_allowed");
        EXPECT_EQ(reply.header("Allow"), "POST");
    }
    const Reply preflight =
        send(Who::nobody, "OPTIONS", path, {},
             {{"Origin", "https://app.test"}, {"Access-Control-Request-Headers", "x-custom"}});
    EXPECT_EQ(preflight.status, 204U);
    for (const char* const header :
         {"authorization", "x-client-info", "apikey", "content-type", "x-custom"}) {
        EXPECT_TRUE(preflight.header("Access-Control-Allow-Headers").contains(header)) << header;
    }
    const Reply refused = send(Who::nobody, "POST", path, "{}");
    EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "*");
}

TEST_F(DeviceEnrollment, SpeaksSpanishWhenAsked) {
    struct Case {
        const char* accept;
        const char* error;
    };
    const Case cases[] = {
        {"es-MX,es;q=0.9,en;q=0.1", "Falta enrollment_token."},
        {"en-GB, es;q=0.5", "enrollment_token is required."},
        {"fr", "enrollment_token is required."},
        {"", "enrollment_token is required."},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.accept);
        const Reply reply = send(Who::nobody, "POST", path, R"({"action":"verify"})",
                                 {{"Accept-Language", c.accept}});
        EXPECT_EQ(reply.text("error"), c.error);
        EXPECT_EQ(reply.code(), "missing_field");
    }
}

TEST_F(DeviceEnrollment, CreatePendingDeviceWho) {
    struct Case {
        const char* name;
        Who who;
        json::object more;
        unsigned status;
        const char* code;
    };
    const std::string ana = user_id(Who::ana);
    const std::string nobody = "00000000-0000-7000-8000-000000000000";
    const Case cases[] = {
        {"for oneself", Who::ana, {}, 200, ""},
        {"for oneself, named", Who::ana, {{"user_id", ana}}, 200, ""},
        {"for a colleague", Who::ben, {{"user_id", ana}}, 403, "permission_denied"},
        {"support is no admin", Who::sue, {{"user_id", ana}}, 403, "permission_denied"},
        {"the organization's admin", Who::boss, {{"user_id", ana}}, 200, ""},
        {"another organization's admin",
         Who::other_boss,
         {{"user_id", ana}},
         403,
         "permission_denied"},
        {"a global admin", Who::root, {{"user_id", ana}}, 200, ""},
        {"the service key", Who::service, {{"user_id", ana}}, 200, ""},
        {"the service key has no self", Who::service, {}, 400, "missing_field"},
        {"an unknown user, by an admin",
         Who::boss,
         {{"user_id", nobody}},
         403,
         "permission_denied"},
        {"an unknown user, by a global admin",
         Who::root,
         {{"user_id", nobody}},
         404,
         "user_not_found"},
        {"own organization, named", Who::ana, {{"organization_id", organization_id('A')}}, 200, ""},
        {"a foreign organization",
         Who::ana,
         {{"organization_id", organization_id('B')}},
         403,
         "permission_denied"},
        {"a foreign one, by an admin",
         Who::boss,
         {{"organization_id", organization_id('B')}},
         403,
         "permission_denied"},
        {"a foreign one, by a global admin",
         Who::root,
         {{"organization_id", organization_id('B')}},
         200,
         ""},
        {"an unknown organization",
         Who::root,
         {{"organization_id", nobody}},
         404,
         "organization_not_found"},
        {"a network key of 512",
         Who::ana,
         {{"tailscale_auth_key", std::string(512, 'k')}},
         200,
         ""},
        {"a network key of 513",
         Who::ana,
         {{"tailscale_auth_key", std::string(513, 'k')}},
         400,
         "invalid_length"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        json::object body = c.more;
        body["action"] = "create_pending_device";
        const Reply reply = enrollment(c.who, body);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.code(), c.code) << json::serialize(reply.body);
    }
}

TEST_F(DeviceEnrollment, CreatePendingDeviceEffects) {
    const Reply reply = enrollment(Who::boss, {{"action", "create_pending_device"},
                                               {"user_id", user_id(Who::ana)},
                                               {"device_type", "macos"},
                                               {"os", "macOS 14"}});
    EXPECT_EQ(members(reply),
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

TEST_F(DeviceEnrollment, AGivenNetworkKeyIsSealedAndHandedOutOnce) {
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

TEST_F(DeviceEnrollment, GenerateToken) {
    const Reply reply = enrollment(Who::ana, {{"action", "generate_token"}});
    EXPECT_EQ(members(reply),
              (std::vector<std::string>{"device_id", "enrollment_token", "expires_at",
                                        "has_tailscale_key", "success"}));
    EXPECT_EQ(column(reply.text("device_id"), "name"), "New Device");
    EXPECT_EQ(events_of(reply.text("device_id")), Events{"enrollment_initiated"});
    const Reply service = enrollment(Who::service, {{"action", "generate_token"}});
    EXPECT_EQ(service.code(), "permission_denied");
}

TEST_F(DeviceEnrollment, EnrollSilently) {
    const json::object body{{"action", "enroll"}, {"fingerprint", "fp-1"}, {"os", "Debian 12"}};
    const Reply first = enrollment(Who::ana, body);
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(first.text("status"), "active");
    EXPECT_EQ(members(first),
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

TEST_F(DeviceEnrollment, VerifyAnswersAndEffects) {
    const Pending pending = generate_token(Who::ana);
    const json::object body{{"action", "verify"},
                            {"enrollment_token", pending.token},
                            {"fingerprint", "fp-1"},
                            {"device_name", "anas-laptop"},
                            {"os", "Debian 12"}};
    const Reply reply = enrollment(Who::nobody, body);
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(members(reply),
              (std::vector<std::string>{"device_id", "device_name", "expires_at", "network",
                                        "organization_name", "success", "tailscale_auth_key",
                                        "tailscale_group", "tailscale_tags"}));
    EXPECT_EQ(reply.text("organization_name"), "Organization A");
    EXPECT_EQ(reply.text("network"), "simulated");
    EXPECT_FALSE(reply.text("tailscale_auth_key").empty());
    EXPECT_EQ(column(pending.device_id, "fingerprint"), "fp-1");
    EXPECT_EQ(column(pending.device_id, "trust_level"), "medium");
    EXPECT_TRUE(column(pending.device_id, "metadata").contains("token_validated_at"));
    EXPECT_EQ(events_of(pending.device_id),
              (Events{"enrollment_initiated", "token_validated", "trust_level_changed",
                      "tailscale_auth_key_generated"}));

    const Reply again = enrollment(Who::nobody, body);
    EXPECT_EQ(json::serialize(again.body), json::serialize(reply.body));
    EXPECT_EQ(events_of(pending.device_id).size(), 4U);
}

TEST_F(DeviceEnrollment, VerifyRefusals) {
    const Pending pending = generate_token(Who::ana);
    const Pending bound = generate_token(Who::ana);
    const auto verify = [&](Who who, const std::string& token, const char* fingerprint) {
        return enrollment(
            who, {{"action", "verify"}, {"enrollment_token", token}, {"fingerprint", fingerprint}});
    };
    ASSERT_EQ(verify(Who::nobody, bound.token, "fp-bound").status, 200U);
    struct Case {
        const char* name;
        Who who;
        std::string token;
        const char* fingerprint;
        unsigned status;
        const char* code;
    };
    const Case cases[] = {
        {"unknown token", Who::nobody, "muster-unknown", "fp", 400, "invalid_token"},
        {"the stored digest is no token", Who::nobody,
         column(pending.device_id, "enrollment_token"), "fp", 400, "invalid_token"},
        {"signed in as a colleague", Who::ben, pending.token, "fp", 403, "permission_denied"},
        {"support", Who::sue, pending.token, "fp", 403, "permission_denied"},
        {"another organization's admin", Who::other_boss, pending.token, "fp", 403,
         "permission_denied"},
        {"a session that is forged", Who::forger, pending.token, "fp", 401,
         "invalid_authentication"},
        {"a fingerprint in use", Who::nobody, pending.token, "fp-bound", 409, "fingerprint_in_use"},
        {"bound to another fingerprint", Who::nobody, bound.token, "fp-else", 409, "token_bound"},
        {"the owner", Who::ana, pending.token, "fp-own", 200, ""},
        {"an admin, again", Who::boss, pending.token, "fp-own", 200, ""},
        {"the anon key, again", Who::anon_key, pending.token, "fp-own", 200, ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = verify(c.who, c.token, c.fingerprint);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.code(), c.code) << json::serialize(reply.body);
    }
    EXPECT_EQ(
        enrollment(Who::nobody, {{"action", "verify"}, {"enrollment_token", std::string(201, 't')}})
            .code(),
        "invalid_length");
    const Pending late = generate_token(Who::ana);
    m_clock.advance(std::chrono::hours(24));
    const Reply expired = verify(Who::nobody, late.token, "fp-late");
    EXPECT_EQ(expired.status, 400U);
    EXPECT_EQ(expired.code(), "token_expired");
}

TEST_F(DeviceEnrollment, VerifyWithoutANetwork) {
    m_rules.default_network = "none";
    const Pending pending = generate_token(Who::ana);
    const Reply reply =
        enrollment(Who::nobody, {{"action", "verify"}, {"enrollment_token", pending.token}});
    EXPECT_TRUE(reply.body.at("tailscale_auth_key").is_null());
    EXPECT_EQ(reply.text("network"), "none");
}

TEST_F(DeviceEnrollment, VerifyWhileTheNetworkIsDownCanBeRepeated) {
    const Pending pending = generate_token(Who::ana);
    const json::object body{
        {"action", "verify"}, {"enrollment_token", pending.token}, {"fingerprint", "fp-1"}};
    networks::SimulatedFaults faults;
    faults.fail_next = 1;
    m_network->set_faults(faults);
    const Reply down = enrollment(Who::nobody, body);
    EXPECT_EQ(down.status, 502U);
    EXPECT_EQ(down.code(), "network_unreachable");
    const Reply up = enrollment(Who::nobody, body);
    EXPECT_EQ(up.status, 200U);
    EXPECT_FALSE(up.text("tailscale_auth_key").empty());
}

TEST_F(DeviceEnrollment, CheckCompletesTheEnrolment) {
    const Pending pending = generate_token(Who::ana);
    const json::object check{{"action", "check_tailscale_status"},
                             {"device_id", pending.device_id},
                             {"enrollment_token", pending.token}};
    EXPECT_FALSE(enrollment(Who::nobody, check).body.at("tailscale_connected").as_bool());
    ASSERT_EQ(enrollment(Who::nobody, {{"action", "verify"},
                                       {"enrollment_token", pending.token},
                                       {"fingerprint", "fp-1"}})
                  .status,
              200U);
    const Reply early = enrollment(Who::nobody, check);
    EXPECT_EQ(early.text("status"), "pending");
    EXPECT_EQ(column(pending.device_id, "trust_level"), "medium");

    let_join();
    const Reply reply = enrollment(Who::nobody, check);
    EXPECT_EQ(members(reply), (std::vector<std::string>{"status", "success", "tailscale_connected",
                                                        "tailscale_hostname", "tailscale_ip"}));
    EXPECT_EQ(reply.text("status"), "active");
    EXPECT_EQ(column(pending.device_id, "trust_level"), "high");
    EXPECT_EQ(column(pending.device_id, "enrollment_token"), "NULL");
    EXPECT_EQ(column(pending.device_id, "tailscale_auth_key"), "NULL");
    EXPECT_EQ(column(pending.device_id, "tailscale_ip"), reply.text("tailscale_ip"));
    EXPECT_EQ(events_of(pending.device_id),
              (Events{"enrollment_initiated", "token_validated", "trust_level_changed",
                      "tailscale_auth_key_generated", "trust_level_changed", "tailscale_connected",
                      "tailscale_enrollment_complete"}));
    EXPECT_EQ(audit_of(pending.device_id),
              (Events{"pending_device_created", "device_enrolled_tailscale"}));

    // The answer was lost: the device asks again with its spent token, until that would have
    // expired.
    EXPECT_EQ(enrollment(Who::nobody, check).text("status"), "active");
    EXPECT_EQ(events_of(pending.device_id).size(), 7U);
    m_clock.advance(std::chrono::hours(24));
    EXPECT_EQ(enrollment(Who::nobody, check).code(), "invalid_token");
}

TEST_F(DeviceEnrollment, CheckWho) {
    const std::string id = connected_device(Who::ana, "fp-1");
    const Pending other = generate_token(Who::ben);
    struct Case {
        const char* name;
        Who who;
        json::object more;
        unsigned status;
        const char* code;
    };
    const Case cases[] = {
        {"the owner", Who::ana, {{"device_id", id}}, 200, ""},
        {"an old client's way", Who::ana, {{"enrollment_token", id}}, 200, ""},
        {"an admin", Who::boss, {{"device_id", id}}, 200, ""},
        {"the service key", Who::service, {{"device_id", id}}, 200, ""},
        {"a colleague", Who::ben, {{"device_id", id}}, 404, "device_not_found"},
        {"support", Who::sue, {{"device_id", id}}, 404, "device_not_found"},
        {"another organization's admin",
         Who::other_boss,
         {{"device_id", id}},
         404,
         "device_not_found"},
        {"nobody", Who::nobody, {{"device_id", id}}, 401, "authorization_required"},
        {"nobody, with the id for a token",
         Who::nobody,
         {{"enrollment_token", id}},
         401,
         "authorization_required"},
        {"another device's token",
         Who::nobody,
         {{"device_id", id}, {"enrollment_token", other.token}},
         400,
         "invalid_token"},
        {"a token of nothing",
         Who::nobody,
         {{"device_id", id}, {"enrollment_token", "x"}},
         400,
         "invalid_token"},
        {"no device named", Who::ana, {}, 400, "missing_field"},
        {"an unknown device",
         Who::ana,
         {{"device_id", "00000000-0000-7000-8000-000000000000"}},
         404,
         "device_not_found"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        json::object body = c.more;
        body["action"] = "check_tailscale_status";
        const Reply reply = enrollment(c.who, body);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.code(), c.code) << json::serialize(reply.body);
    }
}

TEST_F(DeviceEnrollment, CheckWhenTheNetworkFailsOrForgets) {
    const std::string id = connected_device(Who::ana, "fp-1");
    const json::object check{{"action", "check_tailscale_status"}, {"device_id", id}};
    networks::SimulatedFaults faults;
    faults.fail_next = 1;
    m_network->set_faults(faults);
    const Reply down = enrollment(Who::ana, check);
    EXPECT_EQ(down.status, 200U);
    EXPECT_FALSE(down.body.at("tailscale_connected").as_bool());
    EXPECT_EQ(down.text("network_error"), "network_unreachable");
    EXPECT_EQ(column(id, "trust_level"), "high");  // no answer is no evidence

    m_network->drop_node(column(id, "tailscale_device_id"));
    const Reply gone = enrollment(Who::ana, check);
    EXPECT_FALSE(gone.body.at("tailscale_connected").as_bool());
    EXPECT_EQ(column(id, "trust_level"), "medium");
    EXPECT_EQ(events_of(id).back(), "trust_level_changed");
}

TEST_F(DeviceEnrollment, RevokeWhoAndEffects) {
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

TEST_F(DeviceEnrollment, ReactivateBeforeTheNodeWasTouched) {
    const std::string id = connected_device(Who::ana, "fp-1");
    const json::object reactivate{{"action", "reactivate"}, {"device_id", id}};
    EXPECT_EQ(enrollment(Who::boss, reactivate).code(), "device_not_revoked");
    ASSERT_EQ(enrollment(Who::ana, {{"action", "revoke"}, {"device_id", id}}).status, 200U);
    EXPECT_EQ(enrollment(Who::ana, reactivate).code(), "permission_denied");
    EXPECT_EQ(enrollment(Who::other_boss, reactivate).code(), "device_not_found");
    const Reply reply = enrollment(Who::boss, reactivate);
    EXPECT_EQ(reply.text("status"), "active");
    EXPECT_EQ(members(reply), (std::vector<std::string>{"status", "success"}));
    EXPECT_EQ(column(id, "trust_level"), "high");
    const Reply shown = send(Who::boss, "GET", "/roster/v1/devices/" + id);
    EXPECT_EQ(shown.body.at("jobs").at(0).at("state").as_string(), "cancelled");
}

TEST_F(DeviceEnrollment, ReactivateADeviceThatWasOnNoNetwork) {
    const Reply enrolled = enrollment(Who::ana, {{"action", "enroll"}, {"fingerprint", "fp-1"}});
    const std::string id = enrolled.text("device_id");
    ASSERT_EQ(enrollment(Who::ana, {{"action", "revoke"}, {"device_id", id}}).status, 200U);
    const Reply reply = enrollment(Who::boss, {{"action", "reactivate"}, {"device_id", id}});
    EXPECT_EQ(members(reply),
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

TEST_F(DeviceEnrollment, SetTrustLevel) {
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
    EXPECT_EQ(members(reply), (std::vector<std::string>{"success", "trust_level"}));
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

class LimitedEnrollment : public ApiTest {
protected:
    LimitedEnrollment() : ApiTest(RateLimits::Mode::on) {}
};

TEST_F(LimitedEnrollment, GuessesAtTokensAreLimited) {
    const json::object guess{{"action", "verify"}, {"enrollment_token", "wrong"}};
    const auto row = *std::ranges::find(limit_table(), Limit::token_failures, &LimitRow::limit);
    for (int i = 0; i < static_cast<int>(row.burst); ++i) {
        ASSERT_EQ(enrollment(Who::nobody, guess).status, 400U) << i;
    }
    const Reply past = enrollment(Who::nobody, guess);
    EXPECT_EQ(past.status, 429U);
    EXPECT_EQ(past.code(), "rate_limited");
    EXPECT_GT(std::stoi(past.header("Retry-After")), 0);
}

TEST_F(LimitedEnrollment, HonestDevicesAreNot) {
    for (int i = 0; i < 60; ++i) {
        const Pending pending = generate_token(Who::ana);
        const Reply reply =
            enrollment(Who::nobody, {{"action", "verify"}, {"enrollment_token", pending.token}});
        ASSERT_EQ(reply.status, 200U) << i;
    }
}

}  // namespace
}  // namespace muster::api
