// Contract section 3, what every action checks of its input, one past each limit.
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

class EnrollmentForm : public ApiTest {};

constexpr std::string_view path = "/functions/v1/device-enrollment";

TEST_F(EnrollmentForm, WhatEveryActionRefuses) {
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
        EXPECT_EQ(members_of(reply), (std::vector<std::string>{"code", "error"}));
    }
}

TEST_F(EnrollmentForm, LimitsAreInclusive) {
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

TEST_F(EnrollmentForm, BodyLimit) {
    const std::string head = R"({"action":"generate_token","padding":")";
    const std::string exact =
        head + std::string(enrollment_body_bytes_max - head.size() - 2, 'x') + "\"}";
    EXPECT_EQ(send(Who::ana, "POST", path, exact).status, 200U);
    const Reply past = send(Who::ana, "POST", path, exact + " ");
    EXPECT_EQ(past.status, 413U);
    EXPECT_EQ(past.code(), "body_too_large");
}

TEST_F(EnrollmentForm, JsonDepthLimit) {
    const auto nested = [](int depth) {
        return R"({"action":"generate_token","x":)" + std::string(depth, '[') +
               std::string(depth, ']') + "}";
    };
    EXPECT_EQ(send(Who::ana, "POST", path, nested(31)).status, 200U);
    EXPECT_EQ(send(Who::ana, "POST", path, nested(32)).code(), "invalid_json");
}

TEST_F(EnrollmentForm, MethodsAndPreflight) {
    for (const char* const method : {"GET", "PUT", "DELETE", "PATCH"}) {
        const Reply reply = send(Who::ana, method, path);
        EXPECT_EQ(reply.status, 405U) << method;
        EXPECT_EQ(reply.code(), "method_not_allowed");
        EXPECT_EQ(reply.header("Allow"), "POST");
    }
    const Reply preflight =
        send(Who::nobody, "OPTIONS", path, {},
             {{"Origin", "https://app.test"}, {"Access-Control-Request-Headers", "x-custom"}});
    EXPECT_EQ(preflight.status, 200U);
    for (const char* const header :
         {"authorization", "x-client-info", "apikey", "content-type", "x-custom"}) {
        EXPECT_TRUE(preflight.header("Access-Control-Allow-Headers").contains(header)) << header;
    }
    const Reply refused = send(Who::nobody, "POST", path, "{}");
    EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "*");
}

TEST_F(EnrollmentForm, SpeaksSpanishWhenAsked) {
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

}  // namespace
}  // namespace muster::api
