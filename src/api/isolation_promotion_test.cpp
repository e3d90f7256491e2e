// The three holes of the published policies, through the table API's door: nobody lifts itself or
// its device, nobody forges history, and a refusal leaves nothing behind.
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include <gtest/gtest.h>

#include "api/isolation_test.hpp"

namespace muster::api {
namespace {

struct Attempt {
    const char* name;
    Who who;
    const char* method;
    const char* target;  ///< below /rest/v1/
    const char* body;
    char letter;  ///< as in the isolation table
};

void expect_attempts(std::span<const Attempt> attempts, const char* before = nullptr) {
    FreshWorld world;
    for (const Attempt& attempt : attempts) {
        SCOPED_TRACE(std::string(attempt.name) + ": " + attempt.method + " " + attempt.target +
                     " " + attempt.body);
        if (before) world.prepare(before);
        const Question question{attempt.method, std::string("/rest/v1/") + attempt.target,
                                attempt.body};
        EXPECT_EQ(world.letter_of(attempt.who, question, ""), attempt.letter);
    }
}

constexpr const char* own_device = "devices?id=eq.$device_a";
constexpr const char* own_revoked = "devices?id=eq.$revoked_a";

TEST(IsolationPromotion, TheOwnerDoesNotLiftItsDevice) {
    const Attempt attempts[] = {
        {"trust", Who::ana, "PATCH", own_device, R"({"trust_level":"medium"})", '3'},
        {"more trust", Who::ana, "PATCH", own_device, R"({"trust_level":"high"})", '3'},
        {"status", Who::ana, "PATCH", own_device, R"({"status":"active"})", '3'},
        {"revoking is the function's", Who::ana, "PATCH", own_device, R"({"status":"revoked"})",
         '3'},
        {"silent", Who::ana, "PATCH", own_device, R"({"status":"inactive"})", '+'},
        {"out of revoked", Who::ana, "PATCH", own_revoked, R"({"status":"pending"})", '3'},
        {"out of revoked silently", Who::ana, "PATCH", own_revoked, R"({"status":"inactive"})",
         '3'},
        {"id", Who::ana, "PATCH", own_device, R"({"id":"$nothing"})", '3'},
        {"owner", Who::ana, "PATCH", own_device, R"({"user_id":"$ben"})", '3'},
        {"organisation", Who::ana, "PATCH", own_device, R"({"organization_id":"$b"})", '3'},
        {"no organisation", Who::ana, "PATCH", own_device, R"({"organization_id":null})", '3'},
        {"fingerprint", Who::ana, "PATCH", own_device, R"({"fingerprint":"fp-new"})", '3'},
        {"no fingerprint", Who::ana, "PATCH", own_device, R"({"fingerprint":null})", '3'},
        {"enrolled", Who::ana, "PATCH", own_device, R"({"enrolled_at":"2026-01-01T00:00:00Z"})",
         '3'},
        {"created", Who::ana, "PATCH", own_device, R"({"created_at":"2026-01-01T00:00:00Z"})", '3'},
        {"key", Who::ana, "PATCH", own_device, R"({"tailscale_auth_key":"tskey-mine"})", '3'},
        {"no key", Who::ana, "PATCH", own_device, R"({"tailscale_auth_key":null})", '3'},
        {"host name", Who::ana, "PATCH", own_device, R"({"tailscale_hostname":"x"})", '3'},
        {"node", Who::ana, "PATCH", own_device, R"({"tailscale_device_id":"x"})", '3'},
        {"address", Who::ana, "PATCH", own_device, R"({"tailscale_ip":"100.64.0.9"})", '3'},
        {"with something harmless", Who::ana, "PATCH", own_device,
         R"({"name":"x","trust_level":"high"})", '3'},
        {"all that it may see", Who::ana, "PATCH", "devices", R"({"trust_level":"high"})", '3'},
        {"by upsert", Who::ana, "PUT", own_device,
         R"({"id":"$device_a","user_id":"$ana","organization_id":"$a","name":"x","status":"active"})",
         '3'},
        {"to enrol again", Who::ana, "PATCH", own_device,
         R"({"status":"pending","trust_level":"low","enrollment_token":"my-own"})", '+'},
        {"an admin may", Who::boss, "PATCH", own_device, R"({"trust_level":"high"})", '+'},
        {"the other's admin not", Who::other_boss, "PATCH", own_device, R"({"status":"active"})",
         '.'},
    };
    expect_attempts(attempts);
}

TEST(IsolationPromotion, TrustMayBeLowered) {
    const Attempt attempts[] = {
        {"lower", Who::ana, "PATCH", own_device, R"({"trust_level":"low"})", '+'},
        {"higher", Who::ana, "PATCH", own_device, R"({"trust_level":"high"})", '3'},
    };
    expect_attempts(attempts, "UPDATE devices SET trust_level = 'medium', status = 'active'");
}

TEST(IsolationPromotion, ANewDeviceIsNothingYet) {
    const Attempt attempts[] = {
        {"plain", Who::ana, "POST", "devices", R"({"user_id":"$ana","name":"x"})", '+'},
        {"as it is made anyway", Who::ana, "POST", "devices",
         R"({"user_id":"$ana","name":"x","status":"pending","trust_level":"low"})", '+'},
        {"active", Who::ana, "POST", "devices",
         R"({"user_id":"$ana","name":"x","status":"active"})", '3'},
        {"trusted", Who::ana, "POST", "devices",
         R"({"user_id":"$ana","name":"x","trust_level":"medium"})", '3'},
        {"enrolled", Who::ana, "POST", "devices",
         R"({"user_id":"$ana","name":"x","enrolled_at":"2026-01-01T00:00:00Z"})", '3'},
        {"with a key", Who::ana, "POST", "devices",
         R"({"user_id":"$ana","name":"x","tailscale_auth_key":"tskey-mine"})", '3'},
        {"on the network", Who::ana, "POST", "devices",
         R"({"user_id":"$ana","name":"x","tailscale_ip":"100.64.0.9"})", '3'},
        {"elsewhere", Who::ana, "POST", "devices",
         R"({"user_id":"$ana","name":"x","organization_id":"$b"})", '3'},
        {"somebody else's", Who::ana, "POST", "devices", R"({"user_id":"$ben","name":"x"})", '3'},
        {"nobody's", Who::ana, "POST", "devices", R"({"name":"x"})", '3'},
        {"support is no admin", Who::sue, "POST", "devices", R"([{"user_id":"$ana","name":"x"}])",
         '3'},
        {"one of two", Who::ana, "POST", "devices",
         R"([{"user_id":"$ana","name":"x"},{"user_id":"$bea","name":"y"}])", '3'},
        {"the admin's, elsewhere", Who::boss, "POST", "devices",
         R"({"user_id":"$boss","name":"x","organization_id":"$b"})", '3'},
        {"of the other's people", Who::boss, "POST", "devices",
         R"({"user_id":"$bea","name":"x","organization_id":"$a"})", '3'},
        {"the admin's own, active", Who::boss, "POST", "devices",
         R"({"user_id":"$ana","name":"x","organization_id":"$a","status":"active"})", '+'},
    };
    expect_attempts(attempts);
}

TEST(IsolationPromotion, AnAdminDoesNotGiveDevicesAway) {
    const Attempt attempts[] = {
        {"to a colleague", Who::boss, "PATCH", own_device, R"({"user_id":"$ben"})", '+'},
        {"to the other's people", Who::boss, "PATCH", own_device, R"({"user_id":"$bea"})", '3'},
        {"to who is not there", Who::boss, "PATCH", own_device, R"({"user_id":"$nothing"})", '3'},
        {"to the other organisation", Who::boss, "PATCH", own_device, R"({"organization_id":"$b"})",
         '3'},
        {"out of it", Who::boss, "PATCH", own_device, R"({"organization_id":null})", '3'},
        {"a global_admin may", Who::root, "PATCH", own_device,
         R"({"user_id":"$bea","organization_id":"$b"})", '+'},
    };
    expect_attempts(attempts);
}

TEST(IsolationPromotion, WhoHasLeftCanBeRevoked) {
    const Attempt attempts[] = {
        {"revoked", Who::boss, "PATCH", own_device, R"({"status":"revoked"})", '+'},
        {"renamed", Who::boss, "PATCH", own_device, R"({"name":"x"})", '3'},
        {"deleted", Who::boss, "DELETE", own_device, "", '+'},
    };
    expect_attempts(attempts, "UPDATE profiles SET organization_id = '$b' WHERE id = '$ana'");
}

TEST(IsolationPromotion, NobodyRises) {
    const Attempt attempts[] = {
        {"user to support", Who::ana, "PATCH", "profiles?id=eq.$ana", R"({"role":"support"})", '3'},
        {"user to admin", Who::ana, "PATCH", "profiles?id=eq.$ana", R"({"role":"org_admin"})", '3'},
        {"user to global", Who::ana, "PATCH", "profiles?id=eq.$ana", R"({"role":"global_admin"})",
         '3'},
        {"without a filter", Who::ana, "PATCH", "profiles", R"({"role":"org_admin"})", '3'},
        {"by upsert", Who::ana, "PUT", "profiles?id=eq.$ana",
         R"({"id":"$ana","full_name":"Ana","role":"org_admin"})", '3'},
        {"another organisation", Who::ana, "PATCH", "profiles?id=eq.$ana",
         R"({"organization_id":"$b"})", '3'},
        {"no organisation", Who::ana, "PATCH", "profiles?id=eq.$ana", R"({"organization_id":null})",
         '3'},
        {"another person", Who::ana, "PATCH", "profiles?id=eq.$ana", R"({"id":"$guest_a"})", '3'},
        {"earlier", Who::ana, "PATCH", "profiles?id=eq.$ana",
         R"({"created_at":"2020-01-01T00:00:00Z"})", '3'},
        {"a colleague's", Who::ana, "PATCH", "profiles?id=eq.$ben", R"({"full_name":"x"})", '.'},
        {"support to admin", Who::sue, "PATCH", "profiles?role=eq.support",
         R"({"role":"org_admin"})", '3'},
        {"admin to global", Who::boss, "PATCH", "profiles?id=eq.$boss",
         R"({"role":"global_admin"})", '3'},
        {"somebody to global", Who::boss, "PATCH", "profiles?id=eq.$ana",
         R"({"role":"global_admin"})", '3'},
        {"the global_admin down", Who::boss, "PATCH", "profiles?id=eq.$root", R"({"role":"user"})",
         '3'},
        {"people away", Who::boss, "PATCH", "profiles?id=eq.$ana", R"({"organization_id":"$b"})",
         '3'},
        {"people out", Who::boss, "PATCH", "profiles?id=eq.$ana", R"({"organization_id":null})",
         '3'},
        {"the other's people in", Who::boss, "PATCH", "profiles?id=eq.$bea",
         R"({"organization_id":"$a"})", '.'},
        {"the other's people", Who::boss, "PATCH", "profiles", R"({"full_name":"x"})", '+'},
        {"its own people", Who::boss, "PATCH", "profiles?id=eq.$ana", R"({"role":"support"})", '+'},
        {"itself down", Who::boss, "PATCH", "profiles?id=eq.$boss", R"({"role":"user"})", '+'},
        {"a global_admin everywhere", Who::root, "PATCH", "profiles?id=eq.$bea",
         R"({"role":"global_admin"})", '+'},
        {"through the view", Who::root, "PATCH", "user_roles?id=eq.$ana",
         R"({"role":"global_admin"})", '3'},
    };
    expect_attempts(attempts);
}

TEST(IsolationPromotion, AnAdminReachesOnlyItsOwnPeople) {
    World world;
    ASSERT_EQ(world.ask(Who::boss, {"PATCH", "/rest/v1/profiles", R"({"full_name":"x"})"}).status,
              204U);
    EXPECT_EQ(world.value("SELECT count(*) FROM profiles WHERE full_name = 'x'"), "5");
    EXPECT_EQ(world.value("SELECT full_name FROM profiles WHERE id = '$bea'"), "Bea");
    ASSERT_EQ(world.ask(Who::boss, {"DELETE", "/rest/v1/devices"}).status, 204U);
    EXPECT_EQ(world.value(store::tests_use_postgres()
                              ? "SELECT string_agg(name, ',' ORDER BY name) FROM devices"
                              : "SELECT group_concat(name) FROM (SELECT name FROM devices "
                                "ORDER BY 1)"),
              "device of b,revoked of b");
}

TEST(IsolationPromotion, HistoryIsTheSystems) {
    const char* event = R"({"device_id":"$device_a","event_type":"enrolled"})";
    const char* audit = R"({"organization_id":"$a","event":"forged"})";
    const Attempt attempts[] = {
        {"own device's event", Who::ana, "POST", "device_events", event, '3'},
        {"an admin's", Who::boss, "POST", "device_events", event, '3'},
        {"a global_admin's", Who::root, "POST", "device_events", event, '3'},
        {"the service key's", Who::service, "POST", "device_events", event, '+'},
        {"audit", Who::boss, "POST", "audit_logs", audit, '3'},
        {"audit by a global_admin", Who::root, "POST", "audit_logs", audit, '3'},
        {"audit by the service key", Who::service, "POST", "audit_logs", audit, '+'},
        {"all events gone", Who::service, "DELETE", "device_events", "", '3'},
        {"all audit gone", Who::service, "DELETE", "audit_logs", "", '3'},
        {"another device's", Who::service, "PATCH", "device_events?id=eq.$event_a",
         R"({"device_id":"$device_b"})", '3'},
        {"another time", Who::service, "PATCH", "audit_logs?id=eq.$audit_a",
         R"({"created_at":"2020-01-01T00:00:00Z"})", '3'},
    };
    expect_attempts(attempts);
}

TEST(IsolationPromotion, TagsOfAKeyAreNotTheOwnersToChoose) {
    World world;
    world.sql("UPDATE devices SET tailscale_auth_key = NULL WHERE id = '$device_a'");
    world.sql("DELETE FROM organization_tailscale_config");
    const Question wish{"PATCH", "/rest/v1/devices?id=eq.$device_a",
                        R"({"metadata":{"tailscale_tags":["tag:admin"]}})"};
    ASSERT_EQ(world.ask(Who::ana, wish).status, 204U);
    const Reply reply = world.ask(
        Who::anon_key,
        {"POST", "/functions/v1/device-enrollment",
         R"({"action":"verify","enrollment_token":"$token_of_device_a","fingerprint":"fp-device-a"})"});
    ASSERT_EQ(reply.status, 200U) << world.text_of(reply);
    EXPECT_FALSE(reply.text("tailscale_auth_key").empty()) << "the network made one";
    EXPECT_FALSE(world.text_of(reply).contains("tag:admin")) << world.text_of(reply);
}

}  // namespace
}  // namespace muster::api
