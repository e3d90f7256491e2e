// Letters on request: /auth/v1/otp, magiclink, recover, resend, reauthenticate.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/auth_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const std::string ana = "ana@a.test";
const std::string stranger = "new@a.test";
const std::string pending = "pending@a.test";

class Letters : public Auth {
protected:
    explicit Letters(RateLimits::Mode limits = RateLimits::Mode::off) : Auth(limits) {
        m_clock.set_step(0us);
        use_mail();
    }
    void add_pending() {
        ASSERT_EQ(post("signup", {{"email", pending}, {"password", "correct horse"}}).status, 200U);
        m_mail.mails.clear();
        m_clock.advance(1h);
    }
    Reply reauthenticate(const json::object& session) {
        return with_token(text(session, "access_token"), "GET", "/auth/v1/reauthenticate");
    }
    bool is_user(const std::string& email) {
        const auto count =
            m_store->read_now([&](store::Transaction& tx) -> core::Result<std::int64_t> {
                return tx.one("SELECT count(*) FROM users WHERE email = $1", email)->integer(0);
            });
        return *count == 1;
    }
    void expect_empty(const Reply& reply) {
        EXPECT_EQ(reply.status, 200U) << json::serialize(reply.body);
        EXPECT_EQ(json::serialize(reply.body), "{}");
    }
};

TEST_F(Letters, EachRouteSendsItsLetter) {
    add_pending();
    const struct {
        const char* name;
        std::string path;
        json::object body;
        std::string to;
        std::string subject;
        std::string link_ends;  ///< after the token
    } cases[] = {
        {"otp, known",
         "otp",
         {{"email", "ANA@a.test"}},
         ana,
         "Your link to sign in",
         "&type=magiclink&redirect_to=https%3A%2F%2Fapp.test"},
        {"magic link, known",
         "magiclink",
         {{"email", "ben@a.test"}},
         "ben@a.test",
         "Your link to sign in",
         "&type=magiclink&redirect_to=https%3A%2F%2Fapp.test"},
        {"otp, stranger",
         "otp",
         {{"email", stranger}, {"create_user", true}},
         stranger,
         "Confirm your e-mail address",
         "&type=signup&redirect_to=https%3A%2F%2Fapp.test"},
        {"otp, not confirmed yet",
         "otp",
         {{"email", pending}, {"create_user", false}},
         pending,
         "Confirm your e-mail address",
         "&type=signup&redirect_to=https%3A%2F%2Fapp.test"},
        {"recovery",
         "recover?redirect_to=http%3A%2F%2F127.0.0.1%3A5173%2Fset",
         {{"email", "sue@a.test"}},
         "sue@a.test",
         "Set a new password",
         "&type=recovery&redirect_to=http%3A%2F%2F127.0.0.1%3A5173%2Fset"},
        {"elsewhere is not allowed",
         "recover?redirect_to=https%3A%2F%2Fevil.test",
         {{"email", "boss@a.test"}},
         "boss@a.test",
         "Set a new password",
         "&type=recovery&redirect_to=https%3A%2F%2Fapp.test"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        m_mail.mails.clear();
        expect_empty(post(c.path, c.body));
        ASSERT_EQ(m_mail.mails.size(), 1U);
        EXPECT_EQ(mail_to(c.to).subject, c.subject);
        EXPECT_TRUE(link_to(c.to).ends_with(c.link_ends)) << link_to(c.to);
        EXPECT_EQ(link_token_to(c.to).size(), 56U);
        EXPECT_EQ(code_to(c.to).size(), 6U);
    }
    EXPECT_TRUE(is_user(stranger));
}

TEST_F(Letters, SilentWhereNobodyWaitsForOne) {
    const struct {
        const char* name;
        const char* path;
        json::object body;
    } cases[] = {
        {"recovery of a stranger", "recover", {{"email", stranger}}},
        {"confirmation of a stranger", "resend", {{"email", stranger}, {"type", "signup"}}},
        {"confirmation of the confirmed", "resend", {{"email", ana}, {"type", "signup"}}},
        {"a change that nobody asked for", "resend", {{"email", ana}, {"type", "email_change"}}},
        {"a stranger's change", "resend", {{"email", stranger}, {"type", "email_change"}}},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect_empty(post(c.path, c.body));
    }
    EXPECT_TRUE(m_mail.mails.empty());
    EXPECT_FALSE(is_user(stranger));
}

TEST_F(Letters, ResendReplacesTheLetter) {
    add_pending();
    expect_empty(post("resend", {{"email", pending}, {"type", "signup"}}));
    const std::string old_code = code_to(pending);
    m_clock.advance(60s);
    expect_empty(post("resend", {{"email", pending}, {"type", "signup"}}));
    ASSERT_EQ(m_mail.mails.size(), 2U);
    EXPECT_TRUE(link_to(pending).contains("&type=signup&"));
    const auto verify = [&](const std::string& code) {
        return post("verify", {{"type", "signup"}, {"email", pending}, {"token", code}}).status;
    };
    EXPECT_EQ(verify(old_code), 403U);
    EXPECT_EQ(verify(code_to(pending)), 200U);
}

TEST_F(Letters, ChallengesMarkTheLink) {
    const json::object pkce{{"email", ana},
                            {"code_challenge", std::string(43, 'c')},
                            {"code_challenge_method", "s256"}};
    for (const char* const path : {"otp", "magiclink", "recover"}) {
        SCOPED_TRACE(path);
        expect_empty(post(path, pkce));
        EXPECT_TRUE(link_token_to(ana).starts_with("pkce_"));
        EXPECT_EQ(link_token_to(ana).size(), 61U);
        m_clock.advance(60s);
    }
}

TEST_F(Letters, OnePersonGetsOneOfAKindAMinute) {
    add_pending();
    const json::object opened = session();
    const struct {
        const char* name;
        std::function<Reply()> ask;
    } cases[] = {
        {"otp", [&] { return post("otp", {{"email", ana}}); }},
        {"recovery", [&] { return post("recover", {{"email", "ben@a.test"}}); }},
        {"resend", [&] { return post("resend", {{"email", pending}, {"type", "signup"}}); }},
        {"reauthentication", [&] { return reauthenticate(opened); }},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect_empty(c.ask());
        m_clock.advance(59s);
        const Reply early = c.ask();
        EXPECT_EQ(early.status, 429U);
        EXPECT_EQ(error_of(early), "over_email_send_rate_limit");
        EXPECT_EQ(early.text("msg"),
                  "For security purposes, you can only request this after 1 seconds.");
        EXPECT_EQ(early.header("Retry-After"), "1");
        m_clock.advance(1s);
        expect_empty(c.ask());
    }
    EXPECT_EQ(m_mail.mails.size(), 8U);
}

TEST_F(Letters, WhatAnOperatorTurnedOff) {
    const struct {
        const char* path;
        json::object body;
        unsigned logins_off;
    } cases[] = {
        {"otp", {{"email", ana}}, 422},
        {"magiclink", {{"email", ana}}, 422},
        {"resend", {{"email", ana}, {"type", "signup"}}, 400},
    };
    m_rules.accounts.email_logins = false;
    for (const auto& c : cases) {
        SCOPED_TRACE(c.path);
        const Reply reply = post(c.path, c.body);
        EXPECT_EQ(reply.status, c.logins_off);
        EXPECT_EQ(error_of(reply), "email_provider_disabled");
        EXPECT_EQ(reply.text("msg"), "Email logins are disabled");
    }
    m_rules.accounts.email_logins = true;
    m_rules.accounts.sign_up = false;
    EXPECT_EQ(error_of(post("otp", {{"email", stranger}})), "signup_disabled");
    EXPECT_EQ(error_of(post("magiclink", {{"email", stranger}})), "signup_disabled");
    EXPECT_FALSE(is_user(stranger));
    expect_empty(post("otp", {{"email", ana}}));
}

TEST_F(Letters, MailThatCannotGoOut) {
    const json::object opened = session();
    const std::function<Reply()> asks[] = {
        [&] { return post("otp", {{"email", ana}}); },
        [&] { return post("magiclink", {{"email", ana}}); },
        [&] { return post("recover", {{"email", ana}}); },
        [&] { return post("resend", {{"email", ana}, {"type", "signup"}}); },
        [&] { return reauthenticate(opened); },
    };
    for (const auto& ask : asks) {
        m_services->mail = nullptr;
        const Reply off = ask();
        EXPECT_EQ(off.status, 422U);
        EXPECT_EQ(error_of(off), "email_provider_disabled");
        EXPECT_EQ(off.text("msg"),
                  "This server sends no mail: its operator has to set mail.sender");
        m_services->mail = &m_mail;
        m_mail.is_full = true;
        EXPECT_EQ(error_of(ask()), "server_busy");
        m_mail.is_full = false;
    }
    expect_empty(post("otp", {{"email", ana}}));
}

TEST_F(Letters, ReauthenticationIsForTheSignedIn) {
    const json::object opened = session();
    expect_empty(reauthenticate(opened));
    EXPECT_EQ(mail_to(ana).subject, "Your code");
    EXPECT_EQ(code_to(ana).size(), 6U);
    EXPECT_FALSE(mail_to(ana).text.contains("http://")) << "a code only";
    EXPECT_EQ(error_of(send(Who::nobody, "GET", "/auth/v1/reauthenticate")), "no_authorization");
    EXPECT_EQ(error_of(send(Who::anon_key, "GET", "/auth/v1/reauthenticate")), "bad_jwt");
    EXPECT_EQ(error_of(send(Who::forger, "GET", "/auth/v1/reauthenticate")), "bad_jwt");
    EXPECT_EQ(error_of(send(Who::ghost, "GET", "/auth/v1/reauthenticate")), "user_not_found");
    EXPECT_EQ(error_of(send(Who::ben, "GET", "/auth/v1/reauthenticate")), "session_not_found");
    sql("UPDATE users SET email_confirmed_at = NULL WHERE email = 'ana@a.test'");
    m_clock.advance(60s);
    const Reply unconfirmed = reauthenticate(opened);
    EXPECT_EQ(unconfirmed.status, 400U);
    EXPECT_EQ(unconfirmed.text("msg"), "Please verify your email first.");
}

TEST_F(Letters, LanguageIsTheCallers) {
    const Reply reply =
        send(Who::nobody, "POST", "/auth/v1/recover", json::serialize(json::object{{"email", ana}}),
             {{"Accept-Language", "es"}});
    expect_empty(reply);
    EXPECT_EQ(mail_to(ana).subject, "Elija una contraseña nueva");
}

class LettersLimited : public Letters {
protected:
    LettersLimited() : Letters(RateLimits::Mode::on) {}
};

TEST_F(LettersLimited, AnAddressAsksSoOften) {
    const char* const paths[] = {"otp", "magiclink", "recover"};
    // Attempts come back with the database's time: none passes.
    m_rules.accounts.mail_interval = std::chrono::seconds(0);
    for (int i = 0; i < 30; ++i) expect_empty(post(paths[i % 3], {{"email", ana}}));
    const json::object opened = session();
    for (const Reply& reply :
         {post("otp", {{"email", ana}}), post("magiclink", {{"email", ana}}),
          post("recover", {{"email", stranger}}),
          post("resend", {{"email", stranger}, {"type", "signup"}}), reauthenticate(opened)}) {
        EXPECT_EQ(reply.status, 429U);
        EXPECT_EQ(error_of(reply), "over_request_rate_limit");
        EXPECT_FALSE(reply.header("Retry-After").empty());
    }
    EXPECT_EQ(m_mail.mails.size(), 30U);
}

}  // namespace
}  // namespace muster::api
