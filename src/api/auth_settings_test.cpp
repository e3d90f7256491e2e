// GET /auth/v1/settings, and the sessions of another project at /auth/v1/user.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/auth_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Names = std::vector<std::string>;

class AuthSettings : public Auth {};

TEST_F(AuthSettings, SayWhatASignInPageMayOffer) {
    const Reply reply = send(Who::nobody, "GET", "/auth/v1/settings");
    ASSERT_EQ(reply.status, 200U);
    EXPECT_EQ(members_of(reply), (Names{"disable_signup", "external", "mailer_autoconfirm",
                                        "passkeys_enabled", "phone_autoconfirm", "saml_enabled",
                                        "saml_private_key_next_configured", "sms_provider"}));
    EXPECT_FALSE(reply.body.at("disable_signup").as_bool());
    EXPECT_TRUE(reply.body.at("mailer_autoconfirm").as_bool());
    const json::object& external = reply.body.at("external").as_object();
    for (const auto& [name, enabled] : external) {
        EXPECT_EQ(enabled.as_bool(), name == "email") << name;
    }
    for (const char* const name : {"anonymous_users", "apple", "github", "google", "phone"}) {
        EXPECT_TRUE(external.contains(name)) << name;
    }
}

TEST_F(AuthSettings, FollowTheRules) {
    m_rules.accounts.sign_up = false;
    m_rules.accounts.autoconfirm = false;
    m_rules.accounts.email_logins = false;
    const Reply reply = send(Who::nobody, "GET", "/auth/v1/settings");
    EXPECT_TRUE(reply.body.at("disable_signup").as_bool());
    EXPECT_FALSE(reply.body.at("mailer_autoconfirm").as_bool());
    EXPECT_FALSE(reply.body.at("external").at("email").as_bool());
    m_sends_apikey = false;
    EXPECT_EQ(send(Who::nobody, "GET", "/auth/v1/settings").status, 401U);
}

/// An installation that also believes another project's shared secret.
class ForeignSessions : public Auth {
protected:
    ForeignSessions() {
        std::vector<crypto::JwtKey> keys = m_installation.signing_keys;
        keys.push_back(m_theirs);
        m_verifier = std::make_unique<crypto::JwtVerifier>(keys);
        m_authenticator = std::make_unique<Authenticator>(*m_verifier, *m_store, TokenTrust{});
        m_authenticator->set_issuer("http://muster.test/auth/v1");
        const Services& old = *m_services;
        m_services = std::make_unique<Services>(
            Services{*m_store, m_clock, m_random, *m_sealer, m_rules, m_metrics, *m_attempts,
                     *m_authenticator, *m_passwords, m_installation.signing_keys.front(),
                     *m_verifier, old.tables, *m_networks});
        m_services->public_url = "http://muster.test";
    }
    std::string their_token(const std::string& user) {
        const auto now = core::to_unix_seconds(m_clock.now());
        return m_theirs.sign({{"iss", "https://project.test/auth/v1"},
                              {"sub", user},
                              {"role", "authenticated"},
                              {"aud", "authenticated"},
                              {"session_id", user},
                              {"iat", now},
                              {"exp", now + 3600}});
    }

    crypto::JwtKey m_theirs =
        crypto::JwtKey::from_shared_secret(base::Secret(std::string(40, 's'))).value();
};

TEST_F(ForeignSessions, KnowTheirUserWithoutARowOfTheirOwn) {
    const std::string anas = their_token(user_id(Who::ana));
    const Reply user = with_token(anas, "GET", "/auth/v1/user");
    ASSERT_EQ(user.status, 200U) << json::serialize(user.body);
    EXPECT_EQ(user.text("email"), "ana@a.test");
    EXPECT_EQ(with_token(anas, "POST", "/auth/v1/logout").status, 204U);
    const std::string unknown = their_token("11111111-2222-4333-8444-555555555555");
    EXPECT_EQ(error_of(with_token(unknown, "GET", "/auth/v1/user")), "user_not_found");
    sql("UPDATE users SET banned_until = '2999-01-01T00:00:00.000000+00:00' "
        "WHERE email = 'ana@a.test'");
    EXPECT_EQ(error_of(with_token(anas, "GET", "/auth/v1/user")), "user_banned");
}

TEST_F(ForeignSessions, AreNotEnoughForSecondFactorsAndPasswords) {
    const std::string bearer = "Bearer " + their_token(user_id(Who::ana));
    for (const auto& [method, target, body] :
         {std::tuple{"POST", "/auth/v1/factors", R"({"factor_type":"totp"})"},
          std::tuple{"PUT", "/auth/v1/user", R"({"password":"another word"})"}}) {
        const Reply reply = send(Who::nobody, method, target, body, {{"Authorization", bearer}});
        EXPECT_EQ(reply.status, 403U);
        EXPECT_EQ(error_of(reply), "session_not_found");
    }
}

}  // namespace
}  // namespace muster::api
