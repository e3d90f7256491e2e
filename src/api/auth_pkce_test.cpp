// PKCE (RFC 7636): links that answer with a code, and POST /auth/v1/token?grant_type=pkce.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/auth_test.hpp"
#include "base/encoding.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const std::string ana = "ana@a.test";
const std::string verifier(56, 'v');

class Pkce : public Auth {
protected:
    Pkce() {
        m_clock.set_step(0us);
        use_mail();
    }
    static json::object challenged(const std::string& email, const char* method = "s256") {
        const std::string digest = base::to_base64url(crypto::sha256(verifier));
        const bool plain = std::string_view(method) == "plain";
        return {{"email", email},
                {"password", "correct horse"},
                {"code_challenge", plain ? verifier : digest},
                {"code_challenge_method", method}};
    }
    /// The code that following the newest mail's link gives.
    std::string follow_for_code(const std::string& email) {
        const Reply reply = follow(link_to(email));
        EXPECT_EQ(reply.status, 303U);
        const std::string location = reply.header("Location");
        const std::string start = "https://app.test?code=";
        EXPECT_TRUE(location.starts_with(start)) << location;
        return location.substr(std::min(start.size(), location.size()));
    }
    std::string code_of_ana() {
        m_clock.advance(1min);
        EXPECT_EQ(post("otp", challenged(ana)).status, 200U);
        return follow_for_code(ana);
    }
    Reply exchange(const std::string& code, const std::string& with = verifier) {
        const json::object body{{"auth_code", code}, {"code_verifier", with}};
        return token("pkce", json::serialize(body));
    }
};

TEST_F(Pkce, EachKindOfLetter) {
    const struct {
        const char* name;
        const char* path;
        const char* email;
        const char* method;
        const char* amr;
    } cases[] = {
        {"sign-up", "signup", "new@a.test", "s256", "email/signup"},
        {"magic link", "otp", "ana@a.test", "S256", "magiclink"},
        {"recovery", "recover", "ben@a.test", "s256", "recovery"},
        {"without a digest", "otp", "sue@a.test", "plain", "magiclink"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        ASSERT_EQ(post(c.path, challenged(c.email, c.method)).status, 200U);
        const std::string code = follow_for_code(c.email);
        EXPECT_TRUE(base::is_uuid(code)) << code;
        const Reply reply = exchange(code);
        ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
        EXPECT_EQ(members_of(reply), (Names{"access_token", "expires_at", "expires_in",
                                            "refresh_token", "token_type", "user"}));
        EXPECT_EQ(reply.body.at("user").at("email").as_string(), c.email);
        const auto claims = m_verifier->verify(reply.text("access_token"), m_clock.now());
        ASSERT_TRUE(claims);
        EXPECT_EQ(claims->at("amr").at(0).at("method").as_string(), c.amr);
        const Reply again = exchange(code);
        EXPECT_EQ(again.status, 404U);
        EXPECT_EQ(error_of(again), "flow_state_not_found");
        EXPECT_EQ(again.text("msg"), "invalid flow state, no valid flow state found");
    }
}

TEST_F(Pkce, OnlyItsVerifierExchangesACode) {
    const std::string code = code_of_ana();
    for (const std::string& wrong :
         {std::string(56, 'w'), verifier + "v", base::to_base64url(crypto::sha256(verifier))}) {
        const Reply reply = exchange(code, wrong);
        EXPECT_EQ(reply.status, 400U);
        EXPECT_EQ(error_of(reply), "bad_code_verifier");
        EXPECT_EQ(reply.text("msg"),
                  "code challenge does not match previously saved code verifier");
    }
    EXPECT_EQ(exchange(code).status, 200U);
}

TEST_F(Pkce, CodesWaitFiveMinutes) {
    const std::string good = code_of_ana();
    m_clock.advance(5min);
    EXPECT_EQ(exchange(good).status, 200U) << "the last moment";
    const std::string late = code_of_ana();
    m_clock.advance(5min + 1us);
    const Reply reply = exchange(late);
    EXPECT_EQ(reply.status, 422U);
    EXPECT_EQ(error_of(reply), "flow_state_expired");
    EXPECT_EQ(reply.text("msg"), "invalid flow state, flow state has expired");
}

TEST_F(Pkce, TheBannedStayOut) {
    const std::string code = code_of_ana();
    sql("UPDATE users SET banned_until = '2099-01-01T00:00:00.000000+00:00' "
        "WHERE email = 'ana@a.test'");
    const Reply reply = exchange(code);
    EXPECT_EQ(reply.status, 400U);
    EXPECT_EQ(error_of(reply), "user_banned");
}

TEST_F(Pkce, Refusals) {
    const std::string empty =
        "invalid request: both auth code and code verifier should be non-empty";
    const struct {
        const char* name;
        std::string body;
        unsigned status;
        const char* error;
        std::string says;
    } cases[] = {
        {"nothing", "{}", 400, "validation_failed", empty},
        {"no verifier", R"({"auth_code":"x"})", 400, "validation_failed", empty},
        {"no code", R"({"code_verifier":"x"})", 400, "validation_failed", empty},
        {"a number", R"({"auth_code":7,"code_verifier":"x"})", 400, "validation_failed",
         "auth_code must be a string."},
        {"one too long", R"({"auth_code":"x","code_verifier":")" + std::string(1025, 'v') + R"("})",
         400, "validation_failed", "code_verifier must have 0-1024 characters."},
        {"unknown", R"({"auth_code":"x","code_verifier":"y"})", 404, "flow_state_not_found",
         "invalid flow state, no valid flow state found"},
        {"no JSON", "{", 400, "bad_json", "Could not parse request body as JSON: "},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = token("pkce", c.body);
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), c.error);
        EXPECT_TRUE(reply.text("msg").contains(c.says)) << reply.text("msg");
    }
}

TEST_F(Pkce, TheCodeOfTheMailNeedsNoVerifier) {
    ASSERT_EQ(post("otp", challenged(ana)).status, 200U);
    const Reply reply =
        post("verify", {{"type", "email"}, {"email", ana}, {"token", code_to(ana)}});
    EXPECT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_TRUE(reply.body.as_object().contains("access_token"));
}

TEST_F(Pkce, TheCodeJoinsWhatTheUrlHas) {
    const std::string place = "redirect_to=https%3A%2F%2Fapp.test%2Fin%3Fz%3D1%23top";
    ASSERT_EQ(post("otp?" + place, challenged(ana)).status, 200U);
    const std::string location = follow(link_to(ana)).header("Location");
    EXPECT_TRUE(location.starts_with("https://app.test/in?code=")) << location;
    EXPECT_TRUE(location.ends_with("&z=1#top")) << location;
}

}  // namespace
}  // namespace muster::api
