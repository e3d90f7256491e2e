// Contract section 3: verify and check_tailscale_status: allowed, refused, effects, guesses.
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

class EnrollmentNetwork : public ApiTest {};

TEST_F(EnrollmentNetwork, VerifyAnswersAndEffects) {
    const Pending pending = generate_token(Who::ana);
    const json::object body{{"action", "verify"},
                            {"enrollment_token", pending.token},
                            {"fingerprint", "fp-1"},
                            {"device_name", "anas-laptop"},
                            {"os", "Debian 12"}};
    const Reply reply = enrollment(Who::nobody, body);
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(members_of(reply), (std::vector<std::string>{
                                     "device_id", "device_name", "expires_at", "network",
                                     "network_url", "organization_name", "success",
                                     "tailscale_auth_key", "tailscale_group", "tailscale_tags"}));
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

TEST_F(EnrollmentNetwork, VerifyRefusals) {
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

TEST_F(EnrollmentNetwork, VerifyWithoutANetwork) {
    m_rules.default_network = "none";
    const Pending pending = generate_token(Who::ana);
    const Reply reply =
        enrollment(Who::nobody, {{"action", "verify"}, {"enrollment_token", pending.token}});
    EXPECT_TRUE(reply.body.at("tailscale_auth_key").is_null());
    EXPECT_EQ(reply.text("network"), "none");
}

TEST_F(EnrollmentNetwork, VerifyWhileTheNetworkIsDownCanBeRepeated) {
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

TEST_F(EnrollmentNetwork, CheckCompletesTheEnrolment) {
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
    EXPECT_EQ(members_of(reply),
              (std::vector<std::string>{"status", "success", "tailscale_connected",
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

TEST_F(EnrollmentNetwork, CheckWho) {
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

TEST_F(EnrollmentNetwork, CheckWhenTheNetworkFailsOrForgets) {
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
