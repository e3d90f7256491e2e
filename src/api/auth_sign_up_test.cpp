// POST /auth/v1/signup: with and without confirmation, what is refused, and what strangers can
// learn by it.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/auth/auth_fields.hpp"
#include "api/auth_test.hpp"
#include "app/metadata.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const std::string address = "new@a.test";
const std::string password = "correct horse";

json::object form(const std::string& email = address) {
    return {{"email", email}, {"password", password}};
}

/// `body` with one member more.
json::object with(json::object body, std::string_view name, const auto& value) {
    body[name] = value;
    return body;
}

class SignUp : public Auth {
protected:
    explicit SignUp(RateLimits::Mode limits = RateLimits::Mode::off) : Auth(limits) {
        m_clock.set_step(0us);
        m_clock.set(core::parse_timestamp("2026-11-23T10:00:00Z").value());
    }
    /// The row of that user; "no row" if there is none.
    std::string user_column(const std::string& email, const std::string& column) {
        const std::string query =
            "SELECT " + column + " FROM users u JOIN profiles p ON p.id = u.id WHERE email = $1";
        const auto value =
            m_store->read_now([&](store::Transaction& tx) -> core::Result<std::string> {
                const auto row = tx.one(query, email);
                return row ? row->optional_text(0).value_or("NULL") : std::string("no row");
            });
        return *value;
    }
    std::string amr_of(const Reply& session) {
        const auto claims = m_verifier->verify(session.text("access_token"), m_clock.now());
        return claims ? std::string(claims->at("amr").at(0).at("method").as_string()) : "invalid";
    }
};

TEST_F(SignUp, WithoutConfirmationItIsASession) {
    json::object body = form("New@A.Test");
    body["data"] = {{"full_name", "Nora New"}, {"role", "global_admin"}, {"sub", "me"}};
    body["gotrue_meta_security"] = json::object{};
    body["code_challenge"] = nullptr;
    body["code_challenge_method"] = nullptr;
    const Reply reply = post("signup", body);
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(members_of(reply), (Names{"access_token", "expires_at", "expires_in", "refresh_token",
                                        "token_type", "user"}));
    const json::object& user = reply.body.at("user").as_object();
    EXPECT_EQ(members(user),
              (Names{"app_metadata", "aud", "confirmed_at", "created_at", "email",
                     "email_confirmed_at", "id", "identities", "is_anonymous", "last_sign_in_at",
                     "phone", "role", "updated_at", "user_metadata"}));
    EXPECT_EQ(text(user, "email"), address);
    EXPECT_EQ(text(user, "email_confirmed_at"), "2026-11-23T10:00:00Z");
    const json::object metadata{{"email", address},        {"email_verified", true},
                                {"full_name", "Nora New"}, {"phone_verified", false},
                                {"role", "global_admin"},  {"sub", text(user, "id")}};
    EXPECT_EQ(user.at("user_metadata"), metadata);
    const json::object app_metadata{{"provider", "email"}, {"providers", {"email"}}};
    EXPECT_EQ(user.at("app_metadata"), app_metadata);
    EXPECT_EQ(amr_of(reply), "password");
    EXPECT_EQ(sign_in(address, password).status, 200U);
    EXPECT_EQ(user_column(address, "role"), "user") << "a role is never taken from metadata";
    EXPECT_EQ(user_column(address, "organization_id"), "NULL");
    EXPECT_EQ(user_column(address, "full_name"), "Nora New");
    EXPECT_TRUE(m_mail.mails.empty());
}

TEST_F(SignUp, WithConfirmationItIsAUserAndAMail) {
    use_mail();
    const Reply reply = post("signup?redirect_to=https://app.test/welcome", form());
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(members_of(reply), (Names{"app_metadata", "aud", "confirmation_sent_at", "created_at",
                                        "email", "id", "identities", "is_anonymous", "phone",
                                        "role", "updated_at", "user_metadata"}));
    EXPECT_EQ(reply.text("confirmation_sent_at"), "2026-11-23T10:00:00Z");
    EXPECT_EQ(reply.body.at("identities").as_array().size(), 1U);
    EXPECT_FALSE(reply.body.at("user_metadata").at("email_verified").as_bool());

    ASSERT_EQ(m_mail.mails.size(), 1U);
    const std::string link = link_to(address);
    EXPECT_TRUE(link.starts_with("/auth/v1/verify?token=")) << link;
    EXPECT_TRUE(link.ends_with("&type=signup&redirect_to=https%3A%2F%2Fapp.test%2Fwelcome"))
        << link;
    EXPECT_FALSE(json::serialize(reply.body).contains(link_token_to(address)));
    EXPECT_FALSE(json::serialize(reply.body).contains(code_to(address)));

    const Reply refused = sign_in(address, password);
    EXPECT_EQ(refused.status, 400U);
    EXPECT_EQ(error_of(refused), "email_not_confirmed");
    EXPECT_EQ(refused.text("msg"), "Email not confirmed");
    EXPECT_EQ(error_of(sign_in(address, "a guess")), "invalid_credentials");
}

TEST_F(SignUp, AKnownAddressIsToldWhereNobodyHasToConfirm) {
    const Reply reply = post("signup", form("ANA@a.test"));
    EXPECT_EQ(reply.status, 422U);
    EXPECT_EQ(error_of(reply), "user_already_exists");
    EXPECT_EQ(reply.text("msg"), "User already registered");
    EXPECT_EQ(sign_in("ana@a.test", password_of("ana@a.test")).status, 200U);
}

TEST_F(SignUp, AKnownAddressLooksLikeANewOneWhereMailConfirms) {
    use_mail();
    const Reply known = post("signup", form("ana@a.test"));
    ASSERT_EQ(known.status, 200U) << json::serialize(known.body);
    EXPECT_TRUE(known.body.at("identities").as_array().empty()) << "how supabase-js tells";
    EXPECT_NE(known.text("id"), user_id(Who::ana));
    EXPECT_TRUE(m_mail.mails.empty());
    const Reply fresh = post("signup", form());
    EXPECT_EQ(members_of(known), members_of(fresh));
    EXPECT_EQ(sign_in("ana@a.test", password_of("ana@a.test")).status, 200U);
    EXPECT_EQ(sign_in("ana@a.test", password).status, 400U);
}

TEST_F(SignUp, OnceMoreBeforeConfirmation) {
    use_mail();
    const Reply first = post("signup", form());
    const std::string old_link = link_to(address);
    m_clock.advance(59s);
    json::object again = form();
    again["password"] = "another password";
    const Reply early = post("signup", again);
    EXPECT_EQ(early.status, 429U);
    EXPECT_EQ(error_of(early), "over_email_send_rate_limit");
    EXPECT_EQ(early.text("msg"),
              "For security purposes, you can only request this after 1 seconds.");
    EXPECT_EQ(early.header("Retry-After"), "1");
    m_clock.advance(1s);
    const Reply second = post("signup", again);
    ASSERT_EQ(second.status, 200U) << json::serialize(second.body);
    EXPECT_EQ(second.text("id"), first.text("id"));
    EXPECT_EQ(m_mail.mails.size(), 2U);
    EXPECT_TRUE(follow(old_link).header("Location").contains("error_code=otp_expired"));
    EXPECT_TRUE(follow(link_to(address)).header("Location").contains("access_token="));
    EXPECT_EQ(sign_in(address, "another password").status, 400U) << "the first one holds";
    EXPECT_EQ(sign_in(address, password).status, 200U);
}

TEST_F(SignUp, WhoIsRefused) {
    use_mail();
    const Refused rows[] = {
        {"nothing", {}, 422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled"},
        {"metadata only",
         {{"data", json::object{}}},
         422,
         "anonymous_provider_disabled",
         "Anonymous sign-ins are disabled"},
        {"telephone",
         {{"phone", "15550100"}, {"password", password}},
         400,
         "phone_provider_disabled",
         "Phone signups are disabled"},
        {"both", with(form(), "phone", "15550100"), 400, "validation_failed",
         "Only an email address or phone number should be provided on signup."},
        {"no password",
         {{"email", address}},
         400,
         "validation_failed",
         "Signup requires a valid password"},
        {"empty password", with(form(), "password", ""), 400, "validation_failed",
         "Signup requires a valid password"},
        {"password one short", with(form(), "password", "12345"), 422, "weak_password",
         "Password should be at least 6 characters."},
        {"password one too long", with(form(), "password", std::string(1025, 'p')), 400,
         "validation_failed", "password must have 0-1024 characters."},
        {"password is a number", with(form(), "password", 123456), 400, "validation_failed",
         "password must be a string."},
    };
    expect_refusals("signup", rows);
    EXPECT_TRUE(m_mail.mails.empty());
    EXPECT_EQ(user_column(address, "email"), "no row");
}

TEST_F(SignUp, AddressesThatAreRefused) {
    use_mail();
    const std::string invalid = "Unable to validate email address: invalid format";
    const Refused rows[] = {
        {"no @", form("new"), 400, "validation_failed", invalid},
        {"two @", form("new@a@a.test"), 400, "validation_failed", invalid},
        {"no local part", form("@a.test"), 400, "validation_failed", invalid},
        {"no domain", form("new@"), 400, "validation_failed", invalid},
        {"an empty label", form("new@a..test"), 400, "validation_failed", invalid},
        {"a label's dash at its end", form("new@a-.test"), 400, "validation_failed", invalid},
        {"a label one too long", form("new@" + std::string(64, 'a') + ".test"), 400,
         "validation_failed", invalid},
        {"a blank", form("new @a.test"), 400, "validation_failed", invalid},
        {"a name beside it", form("New <new@a.test>"), 400, "validation_failed", invalid},
        {"not ASCII", form("n\u00f6@a.test"), 400, "validation_failed", invalid},
        {"a line break", form("new@a.test\r\nBcc: eve@a.test"), 400, "validation_failed",
         "email may hold only printable characters."},
        {"address one too long", form(std::string(auth_address_bytes_max + 1 - 7, 'a') + "@a.test"),
         400, "validation_failed", "An email address is too long"},
    };
    expect_refusals("signup", rows);
    EXPECT_TRUE(m_mail.mails.empty());
}

TEST_F(SignUp, DataAndChallengesThatAreRefused) {
    use_mail();
    const std::string challenge(43, 'c');
    const auto pkce = [&](const std::string& text, const char* method) {
        return with(with(form(), "code_challenge", text), "code_challenge_method", method);
    };
    const Refused rows[] = {
        {"data is a text", with(form(), "data", "x"), 400, "validation_failed",
         "data must be an object."},
        {"data one too large",
         with(form(), "data", json::object{{"x", std::string(app::metadata_bytes_max, 'x')}}), 400,
         "validation_failed", "User metadata may hold at most 8192 bytes"},
        {"challenge without method", with(form(), "code_challenge", challenge), 400,
         "validation_failed", "PKCE flow requires code_challenge_method and code_challenge"},
        {"method without challenge", with(form(), "code_challenge_method", "s256"), 400,
         "validation_failed", "PKCE flow requires code_challenge_method and code_challenge"},
        {"challenge one short", pkce(std::string(42, 'c'), "s256"), 400, "validation_failed",
         "code challenge has to be between 43 and 128 characters"},
        {"challenge one too long", pkce(std::string(129, 'c'), "s256"), 400, "validation_failed",
         "code challenge has to be between 43 and 128 characters"},
        {"challenge with a plus", pkce(std::string(42, 'c') + "+", "s256"), 400,
         "validation_failed",
         "code challenge can only contain alphanumeric characters, hyphens, periods, underscores "
         "and tildes"},
        {"unknown method", pkce(challenge, "s512"), 400, "validation_failed",
         "unsupported code_challenge method \"s512\""},
    };
    expect_refusals("signup", rows);
    EXPECT_TRUE(m_mail.mails.empty());
    EXPECT_EQ(user_column(address, "email"), "no row");
}

TEST_F(SignUp, LargestInputsAreTaken) {
    m_clock.set_step(0us);
    json::object shortest = form("a@b");
    shortest["password"] = "123456";
    EXPECT_EQ(post("signup", shortest).status, 200U);
    json::object longest = form(std::string(auth_address_bytes_max - 7, 'a') + "@a.test");
    longest["password"] = std::string(1024, 'p');
    EXPECT_EQ(post("signup", longest).status, 200U);
    json::object challenged = form("c@a.test");
    challenged["code_challenge"] = std::string(128, '~');
    challenged["code_challenge_method"] = "PLAIN";
    EXPECT_EQ(post("signup", challenged).status, 200U);
}

TEST_F(SignUp, WeakPasswordsAreExplained) {
    json::object body = form();
    body["password"] = "12345";
    const Reply old = post("signup", body);
    EXPECT_EQ(members_of(old), (Names{"code", "error_code", "msg", "weak_password"}));
    const Reply modern = send(Who::nobody, "POST", "/auth/v1/signup", json::serialize(body),
                              {{"X-Supabase-Api-Version", "2024-01-01"}});
    EXPECT_EQ(members_of(modern), (Names{"code", "message", "weak_password"}));
    EXPECT_EQ(modern.code(), "weak_password");
    EXPECT_EQ(modern.header("X-Supabase-Api-Version"), "2024-01-01");
    EXPECT_EQ(json::serialize(modern.body.at("weak_password")), R"({"reasons":["length"]})");
}

TEST_F(SignUp, WhatAnOperatorTurnedOff) {
    m_rules.accounts.email_logins = false;
    const Reply no_mail = post("signup", form());
    EXPECT_EQ(no_mail.status, 400U);
    EXPECT_EQ(error_of(no_mail), "email_provider_disabled");
    EXPECT_EQ(no_mail.text("msg"), "Email signups are disabled");
    const Reply login = sign_in("ana@a.test", password_of("ana@a.test"));
    EXPECT_EQ(login.status, 422U);
    EXPECT_EQ(error_of(login), "email_provider_disabled");
    EXPECT_EQ(login.text("msg"), "Email logins are disabled");
    m_rules.accounts.email_logins = true;
    m_rules.accounts.sign_up = false;
    const Reply closed = post("signup", form());
    EXPECT_EQ(closed.status, 422U);
    EXPECT_EQ(error_of(closed), "signup_disabled");
    EXPECT_EQ(closed.text("msg"), "Signups not allowed for this instance");
    EXPECT_EQ(user_column(address, "email"), "no row");
}

TEST_F(SignUp, NoAccountWithoutItsMail) {
    m_rules.accounts.autoconfirm = false;
    const Reply off = post("signup", form());
    EXPECT_EQ(off.status, 422U);
    EXPECT_EQ(error_of(off), "email_provider_disabled");
    use_mail();
    m_mail.is_full = true;
    const Reply full = post("signup", form());
    EXPECT_EQ(full.status, 503U);
    EXPECT_EQ(error_of(full), "server_busy");
    EXPECT_EQ(full.header("Retry-After"), "1");
    EXPECT_EQ(user_column(address, "email"), "no row");
}

class SignUpLimited : public SignUp {
protected:
    SignUpLimited() : SignUp(RateLimits::Mode::on) {}
};

TEST_F(SignUpLimited, AnAddressSignsUpSoOften) {
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(post("signup", form("n" + std::to_string(i) + "@a.test")).status, 200U) << i;
    }
    const Reply reply = post("signup", form("n30@a.test"));
    EXPECT_EQ(reply.status, 429U);
    EXPECT_EQ(error_of(reply), "over_request_rate_limit");
    EXPECT_EQ(reply.text("msg"), "Request rate limit reached");
    EXPECT_FALSE(reply.header("Retry-After").empty());
    EXPECT_EQ(user_column("n30@a.test", "email"), "no row");
    EXPECT_EQ(error_of(post("signup", json::object{})), "anonymous_provider_disabled")
        << "what is malformed costs nothing";
}

}  // namespace
}  // namespace muster::api
