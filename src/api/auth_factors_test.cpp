// Second factors as supabase-js asks for them: each answer, each refusal, and what a code is good
// for.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/auth_test.hpp"
#include "app/factors.hpp"
#include "base/encoding.hpp"
#include "crypto/totp.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

constexpr std::string_view base32_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

class Factors : public Auth {
protected:
    explicit Factors(RateLimits::Mode limits = RateLimits::Mode::off) : Auth(limits) {
        m_clock.set_step(1us);
    }

    Reply post(const std::string& access, const std::string& target, const json::object& body) {
        const std::string bearer = "Bearer " + access;
        return send(Who::nobody, "POST", "/auth/v1" + target, json::serialize(body),
                    {{"Authorization", bearer}});
    }
    Reply enroll(const std::string& access, const std::string& name = "phone") {
        return post(access, "/factors", {{"factor_type", "totp"}, {"friendly_name", name}});
    }
    std::string challenge(const std::string& access, const std::string& factor) {
        return post(access, "/factors/" + factor + "/challenge", {{"factorId", factor}}).text("id");
    }
    Reply verify(const std::string& access, const std::string& factor, const std::string& challenge,
                 const std::string& code) {
        return post(access, "/factors/" + factor + "/verify",
                    {{"challenge_id", challenge}, {"code", code}});
    }
    Reply remove(const std::string& access, const std::string& factor) {
        return with_token(access, "DELETE", "/auth/v1/factors/" + factor);
    }
    /// What the authenticator app shows, some periods from now.
    std::string code_of(const std::string& secret, std::int64_t periods = 0) {
        std::string key;
        unsigned bits = 0;
        int count = 0;
        for (const char c : secret) {
            bits = bits << 5 | static_cast<unsigned>(base32_digits.find(c));
            count += 5;
            if (count < 8) continue;
            count -= 8;
            key += static_cast<char>(bits >> count & 0xff);
        }
        return crypto::totp_code(base::bytes_of(key), crypto::totp_step(m_clock.now()) + periods);
    }
    struct Enrolled {
        std::string id;
        std::string secret;
        json::object session;  ///< at aal2
    };
    Enrolled enrolled(const std::string& email = "ana@a.test", const std::string& name = "phone") {
        const std::string access = text(session(email), "access_token");
        const Reply factor = enroll(access, name);
        EXPECT_EQ(factor.status, 200U) << json::serialize(factor.body);
        const std::string id = factor.text("id");
        const std::string secret(factor.body.at("totp").at("secret").as_string());
        const Reply raised = verify(access, id, challenge(access, id), code_of(secret));
        EXPECT_EQ(raised.status, 200U) << json::serialize(raised.body);
        m_clock.advance(90s);  // so that the next code is another one
        return {id, secret, raised.body.as_object()};
    }
    json::object claims_of(const json::object& session) {
        return m_verifier->verify(text(session, "access_token"), m_clock.now()).value();
    }
    json::object user(const std::string& access) {
        return with_token(access, "GET", "/auth/v1/user").body.as_object();
    }
};

TEST_F(Factors, EnrollAnswersWithAllThatAnAppNeeds) {
    const std::string access = text(session(), "access_token");
    const Reply reply = post(
        access, "/factors",
        {{"factor_type", "totp"}, {"friendly_name", "my phone"}, {"issuer", "Example & Sons"}});
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(members_of(reply), (Names{"friendly_name", "id", "totp", "type"}));
    EXPECT_EQ(reply.text("type"), "totp");
    EXPECT_EQ(reply.text("friendly_name"), "my phone");
    const json::object& totp = reply.body.at("totp").as_object();
    const std::string secret = text(totp, "secret");
    EXPECT_EQ(secret.size(), 32U) << "160 bits";
    EXPECT_EQ(secret.find_first_not_of(base32_digits), std::string::npos);
    EXPECT_EQ(text(totp, "uri"),
              "otpauth://totp/Example%20%26%20Sons:ana%40a.test?algorithm=SHA1&digits=6"
              "&issuer=Example%20%26%20Sons&period=30&secret=" +
                  secret);
    EXPECT_TRUE(text(totp, "qr_code").starts_with("<svg xmlns="));
    EXPECT_FALSE(text(totp, "qr_code").contains('#')) << "it goes into a data: URL";
    const json::object factor = user(access).at("factors").at(0).as_object();
    EXPECT_EQ(members(factor), (Names{"created_at", "factor_type", "friendly_name", "id",
                                      "last_challenged_at", "status", "updated_at"}));
    EXPECT_EQ(text(factor, "status"), "unverified");
    EXPECT_FALSE(json::serialize(user(access)).contains(secret));
}

TEST_F(Factors, EnrollForm) {
    const std::string access = text(session(), "access_token");
    const struct {
        const char* name;
        json::object body;
        unsigned status;
        const char* error;
        const char* message;
    } cases[] = {
        {"without a name", {{"factor_type", "totp"}}, 200, "", ""},
        {"of 100 characters",
         {{"factor_type", "totp"}, {"friendly_name", std::string(100, 'n')}},
         200,
         "",
         ""},
        {"one more",
         {{"factor_type", "totp"}, {"friendly_name", std::string(101, 'n')}},
         400,
         "validation_failed",
         ""},
        {"a name that is no text",
         {{"factor_type", "totp"}, {"friendly_name", 7}},
         400,
         "validation_failed",
         ""},
        {"no type",
         {},
         400,
         "validation_failed",
         "factor_type needs to be totp, phone, or webauthn"},
        {"another type",
         {{"factor_type", "magic"}},
         400,
         "validation_failed",
         "factor_type needs to be totp, phone, or webauthn"},
        {"phone",
         {{"factor_type", "phone"}},
         422,
         "mfa_phone_enroll_not_enabled",
         "MFA enroll is disabled for Phone"},
        {"webauthn",
         {{"factor_type", "webauthn"}},
         422,
         "mfa_webauthn_enroll_not_enabled",
         "MFA enroll is disabled for WebAuthn"},
        {"a long issuer",
         {{"factor_type", "totp"}, {"issuer", std::string(101, 'i')}},
         400,
         "validation_failed",
         ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = post(access, "/factors", c.body);
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), c.error);
        if (*c.message) {
            EXPECT_EQ(reply.text("msg"), c.message);
        }
    }
}

TEST_F(Factors, NamesAndNumbersHaveTheirLimits) {
    const std::string access = text(session(), "access_token");
    const std::string bens = text(session("ben@a.test"), "access_token");
    for (std::size_t i = 0; i < app::factors_max; ++i) {
        EXPECT_EQ(enroll(access, std::to_string(i)).status, 200U);
    }
    const Reply again = enroll(access, "0");
    EXPECT_EQ(again.status, 422U);
    EXPECT_EQ(error_of(again), "mfa_factor_name_conflict");
    EXPECT_EQ(again.text("msg"),
              "A factor with the friendly name \"0\" for this user already exists");
    EXPECT_EQ(enroll(bens, "0").status, 200U) << "another user's names are no concern";
    const Reply more = enroll(access, "more");
    EXPECT_EQ(more.status, 422U);
    EXPECT_EQ(error_of(more), "too_many_enrolled_mfa_factors");
    m_clock.advance(app::enrollment_patience);
    EXPECT_EQ(enroll(access, "more").status, 200U) << "what was never finished is forgotten";
    EXPECT_EQ(user(access).at("factors").as_array().size(), 1U);
}

TEST_F(Factors, AVerifiedCodeRaisesTheSession) {
    const json::object before = session();
    const json::object other = session();
    const std::string access = text(before, "access_token");
    const std::string unfinished = enroll(access, "tablet").text("id");
    const Reply factor = enroll(access);
    const std::string id = factor.text("id");
    const std::string secret(factor.body.at("totp").at("secret").as_string());
    const Reply asked = post(access, "/factors/" + id + "/challenge", {{"factorId", id}});
    ASSERT_EQ(asked.status, 200U);
    EXPECT_EQ(members_of(asked), (Names{"expires_at", "id", "type"}));
    EXPECT_EQ(asked.text("type"), "totp");
    EXPECT_EQ(asked.body.at("expires_at").to_number<std::int64_t>(),
              core::to_unix_seconds(m_clock.now() + app::challenge_lifetime));

    const Reply raised = verify(access, id, asked.text("id"), code_of(secret));
    ASSERT_EQ(raised.status, 200U) << json::serialize(raised.body);
    EXPECT_EQ(members_of(raised), members(before));
    const json::object claims = claims_of(raised.body.as_object());
    EXPECT_EQ(text(claims, "aal"), "aal2");
    EXPECT_EQ(claims.at("session_id"), claims_of(before).at("session_id"));
    const json::array& amr = claims.at("amr").as_array();
    ASSERT_EQ(amr.size(), 2U);
    EXPECT_EQ(amr.at(0).at("method").as_string(), "totp");
    EXPECT_EQ(amr.at(0).at("timestamp").to_number<std::int64_t>(),
              core::to_unix_seconds(m_clock.now()));
    EXPECT_EQ(amr.at(1).at("method").as_string(), "password");
    const json::array& factors = raised.body.at("user").at("factors").as_array();
    ASSERT_EQ(factors.size(), 1U) << "the unfinished one is gone";
    EXPECT_EQ(factors.at(0).at("status").as_string(), "verified");
    EXPECT_EQ(error_of(post(access, "/factors/" + unfinished + "/challenge", {})),
              "mfa_factor_not_found");

    EXPECT_EQ(error_of(user_of(other)), "session_not_found") << "sessions below aal2 end";
    EXPECT_EQ(refresh(text(other, "refresh_token")).status, 400U);
    const Reply refreshed = refresh(raised.text("refresh_token"));
    ASSERT_EQ(refreshed.status, 200U);
    EXPECT_EQ(text(claims_of(refreshed.body.as_object()), "aal"), "aal2");
    EXPECT_EQ(text(claims_of(session()), "aal"), "aal1") << "each sign-in starts anew";
}

TEST_F(Factors, CodesThatAreRefused) {
    const Enrolled factor = enrolled();
    const std::string access = text(factor.session, "access_token");
    const std::string bens = enrolled("ben@a.test").id;
    const std::string spent = code_of(factor.secret);
    EXPECT_EQ(verify(access, factor.id, challenge(access, factor.id), spent).status, 200U);
    const std::string ours = challenge(access, factor.id);
    const struct {
        const char* name;
        std::string factor;
        std::string challenge;
        std::string code;
        unsigned status;
        const char* error;
        std::string message;
    } cases[] = {
        {"wrong", factor.id, ours, "000000", 422, "mfa_verification_failed",
         "Invalid TOTP code entered"},
        {"empty", factor.id, ours, "", 422, "mfa_verification_failed", "Invalid TOTP code entered"},
        {"100 characters", factor.id, ours, std::string(100, '1'), 422, "mfa_verification_failed",
         "Invalid TOTP code entered"},
        {"101 characters", factor.id, ours, std::string(101, '1'), 400, "validation_failed", ""},
        {"a code that was used", factor.id, ours, spent, 422, "mfa_verification_failed",
         "Invalid TOTP code entered"},
        {"two periods ahead", factor.id, ours, code_of(factor.secret, 2), 422,
         "mfa_verification_failed", "Invalid TOTP code entered"},
        {"another's factor", bens, ours, code_of(factor.secret), 404, "mfa_factor_not_found",
         "Factor not found"},
        {"a factor that never was", user_id(Who::ana), ours, "0", 404, "mfa_factor_not_found",
         "Factor not found"},
        {"a factor that is no UUID", "phone", ours, "0", 404, "validation_failed",
         "factor_id must be an UUID"},
        {"no such challenge", factor.id, user_id(Who::ana), code_of(factor.secret), 422,
         "mfa_factor_not_found", "MFA factor with the provided challenge ID not found"},
        {"a challenge that is no UUID", factor.id, "x", "0", 400, "validation_failed", ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = verify(access, c.factor, c.challenge, c.code);
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), c.error);
        if (!c.message.empty()) {
            EXPECT_EQ(reply.text("msg"), c.message);
        }
    }
    EXPECT_EQ(verify(access, factor.id, ours, code_of(factor.secret, 1)).status, 200U)
        << "a clock that is a little ahead";
}

TEST_F(Factors, ChallengesEnd) {
    m_clock.set_step(0us);
    const Enrolled factor = enrolled();
    const std::string access = text(factor.session, "access_token");
    const std::string late = challenge(access, factor.id);
    m_clock.advance(app::challenge_lifetime);
    const Reply reply = verify(access, factor.id, late, code_of(factor.secret));
    EXPECT_EQ(reply.status, 422U);
    EXPECT_EQ(error_of(reply), "mfa_challenge_expired");
    EXPECT_EQ(reply.text("msg"), "MFA challenge " + late +
                                     " has expired, verify against another challenge or create a "
                                     "new challenge.");
    const std::string once = challenge(access, factor.id);
    m_clock.advance(app::challenge_lifetime - 1us);
    EXPECT_EQ(verify(access, factor.id, once, code_of(factor.secret)).status, 200U);
    m_clock.advance(30s);
    EXPECT_EQ(error_of(verify(access, factor.id, once, code_of(factor.secret))),
              "mfa_factor_not_found")
        << "a challenge is answered once";
    m_clock.set_step(1us);
    const std::string first = challenge(access, factor.id);
    for (std::int64_t i = 0; i < app::challenges_max; ++i) challenge(access, factor.id);
    EXPECT_EQ(error_of(verify(access, factor.id, first, code_of(factor.secret))),
              "mfa_factor_not_found")
        << "only the newest are kept";
}

TEST_F(Factors, WhatNeedsTheSecondFactor) {
    const Enrolled factor = enrolled();
    const std::string raised = text(factor.session, "access_token");
    const std::string plain = text(session(), "access_token");
    const Reply second = enroll(plain, "tablet");
    EXPECT_EQ(second.status, 403U);
    EXPECT_EQ(error_of(second), "insufficient_aal");
    EXPECT_EQ(second.text("msg"), "AAL2 required to enroll a new factor");
    const Reply removed = remove(plain, factor.id);
    EXPECT_EQ(removed.status, 422U);
    EXPECT_EQ(error_of(removed), "insufficient_aal");
    EXPECT_EQ(removed.text("msg"), "AAL2 required to unenroll verified factor");
    const std::string tablet = enroll(raised, "tablet").text("id");
    EXPECT_FALSE(tablet.empty());
    EXPECT_EQ(remove(plain, tablet).status, 200U) << "it proved nothing yet";
    EXPECT_EQ(remove(raised, factor.id).status, 200U);
}

TEST_F(Factors, ANewAddressOrPasswordNeedsIt) {
    use_mail();
    const std::string raised = text(enrolled().session, "access_token");
    const std::string plain = text(session(), "access_token");
    for (const char* const body : {R"({"email":"n@a.test"})", R"({"password":"another word"})"}) {
        const auto update = [&](const std::string& bearer) {
            return send(Who::nobody, "PUT", "/auth/v1/user", body, {{"Authorization", bearer}});
        };
        const Reply refused = update("Bearer " + plain);
        EXPECT_EQ(refused.status, 401U);
        EXPECT_EQ(error_of(refused), "insufficient_aal");
        EXPECT_EQ(refused.text("msg"),
                  "AAL2 session is required to update email or password when MFA is enabled.");
        EXPECT_EQ(update("Bearer " + raised).status, 200U);
    }
}

TEST_F(Factors, RemovingLowersTheSessions) {
    const Enrolled factor = enrolled();
    const Reply reply = remove(text(factor.session, "access_token"), factor.id);
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(json::serialize(reply.body), json::serialize(json::object{{"id", factor.id}}));
    const Reply refreshed = refresh(text(factor.session, "refresh_token"));
    ASSERT_EQ(refreshed.status, 200U);
    const json::object claims = claims_of(refreshed.body.as_object());
    EXPECT_EQ(text(claims, "aal"), "aal1");
    EXPECT_EQ(claims.at("amr").as_array().size(), 1U);
    EXPECT_EQ(claims.at("amr").at(0).at("method").as_string(), "password");
    EXPECT_FALSE(refreshed.body.at("user").as_object().contains("factors"));
    EXPECT_EQ(error_of(remove(refreshed.text("access_token"), factor.id)), "mfa_factor_not_found");
}

TEST_F(Factors, WhoMayAsk) {
    const std::string id = enrolled().id;
    for (const std::string& target :
         {std::string("/factors"), "/factors/" + id + "/challenge", "/factors/" + id + "/verify"}) {
        SCOPED_TRACE(target);
        const std::string path = "/auth/v1" + target;
        const std::string body = json::serialize(
            json::object{{"factor_type", "totp"}, {"challenge_id", id}, {"code", "0"}});
        EXPECT_EQ(error_of(send(Who::nobody, "POST", path, body)), "no_authorization");
        EXPECT_EQ(error_of(send(Who::service, "POST", path, body)), "bad_jwt");
        EXPECT_EQ(error_of(send(Who::ana, "POST", path, body)), "session_not_found");
        EXPECT_EQ(error_of(send(Who::ghost, "POST", path, body)), "user_not_found");
    }
}

class FactorGuesses : public Factors {
protected:
    FactorGuesses() : Factors(RateLimits::Mode::on) {}
};

TEST_F(FactorGuesses, AreFew) {
    const Enrolled factor = enrolled();
    const std::string access = text(factor.session, "access_token");
    const std::string asked = challenge(access, factor.id);
    int guesses = 0;
    Reply reply = verify(access, factor.id, asked, "000000");
    for (; reply.status == 422 && guesses < 100; ++guesses) {
        reply = verify(access, factor.id, asked, "000000");
    }
    EXPECT_EQ(guesses, 10);
    EXPECT_EQ(reply.status, 429U);
    EXPECT_EQ(error_of(reply), "over_request_rate_limit");
    EXPECT_FALSE(reply.header("Retry-After").empty());
    EXPECT_EQ(verify(access, factor.id, asked, code_of(factor.secret)).status, 429U)
        << "a guess that is right does not get through, either";
    const Enrolled bens = enrolled("ben@a.test");
    EXPECT_FALSE(bens.id.empty()) << "others may still sign in";
}

}  // namespace
}  // namespace muster::api
