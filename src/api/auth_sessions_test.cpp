// Sessions, as supabase-js sees them, and what stays true of them whatever a client does with its
// refresh tokens.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "api/auth/sessions.hpp"
#include "api/auth_test.hpp"
#include "api/fields.hpp"
#include "base/encoding.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

class Sessions : public Auth {};

TEST_F(Sessions, SessionAndUserHaveTheirMembers) {
    m_clock.set_step(0us);
    m_clock.set(core::parse_timestamp("2026-11-23T10:00:00Z").value());
    const json::object opened = session();
    EXPECT_EQ(members(opened), (Names{"access_token", "expires_at", "expires_in", "refresh_token",
                                      "token_type", "user"}));
    EXPECT_EQ(text(opened, "token_type"), "bearer");
    EXPECT_EQ(opened.at("expires_in").to_number<int>(), 3600);
    EXPECT_EQ(opened.at("expires_at").to_number<std::int64_t>(),
              core::to_unix_seconds(m_clock.now()) + 3600);
    const json::object& user = opened.at("user").as_object();
    EXPECT_EQ(text(user, "id"), user_id(Who::ana));
    EXPECT_EQ(text(user, "email"), "ana@a.test");
    EXPECT_EQ(text(user, "aud"), "authenticated");
    EXPECT_EQ(text(user, "role"), "authenticated");
    EXPECT_EQ(text(user, "phone"), "");
    EXPECT_EQ(text(user, "last_sign_in_at"), "2026-11-23T10:00:00Z");
    EXPECT_FALSE(user.at("is_anonymous").as_bool());
    EXPECT_EQ(user.at("app_metadata").at("provider").as_string(), "email");
    EXPECT_TRUE(user.at("user_metadata").as_object().empty());
    ASSERT_EQ(user.at("identities").as_array().size(), 1U);
    EXPECT_EQ(user.at("identities").at(0).at("user_id").as_string(), user_id(Who::ana));
    EXPECT_EQ(user.at("identities").at(0).at("provider").as_string(), "email");
    EXPECT_FALSE(json::serialize(opened).contains("argon2"));
    EXPECT_EQ(user_of(opened).body, opened.at("user"));
}

TEST_F(Sessions, AccessTokenIsTheServersAndSaysWho) {
    const json::object opened = session();
    const std::string access = text(opened, "access_token");
    const auto bytes = base::parse_base64url(access.substr(0, access.find('.')));
    ASSERT_TRUE(bytes);
    const json::value header =
        json::parse(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
    EXPECT_EQ(header.at("alg").as_string(), "ES256");
    EXPECT_EQ(header.at("kid").as_string(), m_installation.signing_keys.front().id());

    const auto claims = m_verifier->verify(access, m_clock.now());
    ASSERT_TRUE(claims);
    EXPECT_EQ(text(*claims, "sub"), user_id(Who::ana));
    EXPECT_EQ(text(*claims, "aud"), "authenticated");
    EXPECT_EQ(text(*claims, "role"), "authenticated");
    EXPECT_EQ(text(*claims, "email"), "ana@a.test");
    EXPECT_EQ(text(*claims, "iss"), "http://muster.test/auth/v1");
    EXPECT_EQ(text(*claims, "aal"), "aal1");
    EXPECT_EQ(claims->at("amr").at(0).at("method").as_string(), "password");
    EXPECT_TRUE(base::is_uuid(text(*claims, "session_id")));
    const auto issued = claims->at("iat").to_number<std::int64_t>();
    EXPECT_EQ(issued, core::to_unix_seconds(m_clock.now()));
    EXPECT_EQ(claims->at("exp").to_number<std::int64_t>() - issued, 3600);
    EXPECT_EQ(claims->at("exp"), opened.at("expires_at"));
    EXPECT_FALSE(m_verifier->verify(access, m_clock.now() + 1h + crypto::jwt_clock_skew + 1s));
}

TEST_F(Sessions, RefreshRotatesAndKeepsTheSession) {
    const json::object first = session();
    m_clock.advance(30min);
    const Reply reply = refresh(text(first, "refresh_token"));
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_NE(reply.text("refresh_token"), text(first, "refresh_token"));
    const auto before = m_verifier->verify(text(first, "access_token"), m_clock.now());
    const auto after = m_verifier->verify(reply.text("access_token"), m_clock.now());
    ASSERT_TRUE(before && after);
    EXPECT_EQ(after->at("session_id"), before->at("session_id"));
    EXPECT_EQ(after->at("amr"), before->at("amr")) << "the password was not given again";
    EXPECT_EQ(after->at("iat").to_number<std::int64_t>(), core::to_unix_seconds(m_clock.now()));
    EXPECT_EQ(members(reply.body.as_object()), members(first));
}

TEST_F(Sessions, ReuseOfARefreshToken) {
    m_clock.set_step(0us);
    const struct {
        const char* name;
        int refreshes;                     ///< after the token that is used again
        std::chrono::microseconds waited;  ///< since the last of them
        bool answered;
    } cases[] = {
        {"the parent, at once", 1, 0us, true},
        {"the parent, long after", 1, 24h, true},
        {"an older one, within the grace", 2, 10s, true},
        {"much older, within the grace", 5, 10s, true},
        {"one past the grace", 2, 10s + 1us, false},
        {"much later", 3, 24h, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const json::object opened = session();
        const std::string old = text(opened, "refresh_token");
        std::string newest = old;
        for (int i = 0; i < c.refreshes; ++i) {
            m_clock.advance(1min);
            newest = refresh(newest).text("refresh_token");
            ASSERT_FALSE(newest.empty());
        }
        m_clock.advance(c.waited);
        const Reply reply = refresh(old);
        if (c.answered) {
            EXPECT_EQ(reply.status, 200U);
            EXPECT_EQ(reply.text("refresh_token"), newest) << "two tabs end up with one token";
            EXPECT_EQ(refresh(newest).status, 200U);
        } else {
            EXPECT_EQ(reply.status, 400U);
            EXPECT_EQ(error_of(reply), "refresh_token_already_used");
            EXPECT_EQ(error_of(refresh(newest)), "refresh_token_not_found")
                << "the thief's session ends, too";
        }
    }
}

TEST_F(Sessions, ReuseEndsOnlyItsOwnSession) {
    const json::object stolen = session();
    const json::object other = session();
    std::string newest = text(stolen, "refresh_token");
    for (int i = 0; i < 2; ++i) newest = refresh(newest).text("refresh_token");
    m_clock.advance(1min);
    ASSERT_EQ(refresh(text(stolen, "refresh_token")).status, 400U);
    EXPECT_EQ(error_of(user_of(stolen)), "session_not_found");
    EXPECT_EQ(user_of(other).status, 200U);
    EXPECT_EQ(refresh(text(other, "refresh_token")).status, 200U);
}

TEST_F(Sessions, RefreshTokensThatAreNone) {
    const json::object opened = session();
    const std::string good = text(opened, "refresh_token");
    const auto changed = [&](std::size_t at) {
        std::string token = good;
        token[at] = token[at] == 'A' ? 'B' : 'A';
        return token;
    };
    const auto value = [](std::string_view token) { return json::value(token); };
    const struct {
        const char* name;
        json::value token;
        const char* error;
    } cases[] = {
        {"other text", "x", "refresh_token_not_found"},
        {"not base64", "!!!!", "refresh_token_not_found"},
        {"one character short", value(good.substr(0, good.size() - 1)), "refresh_token_not_found"},
        {"half of it", value(good.substr(0, good.size() / 2)), "refresh_token_not_found"},
        {"one too many", value(good + "A"), "refresh_token_not_found"},
        {"twice", value(good + good), "refresh_token_not_found"},
        {"padded", value(good + "="), "refresh_token_not_found"},
        {"another session", value(changed(3)), "refresh_token_not_found"},
        {"another count", value(changed(25)), "refresh_token_not_found"},
        {"another signature", value(changed(40)), "refresh_token_not_found"},
        {"an access token is none", opened.at("access_token"), "validation_failed"},
        {"200 characters", value(std::string(token_limits.max, 'A')), "refresh_token_not_found"},
        {"one past it", value(std::string(token_limits.max + 1, 'A')), "validation_failed"},
        {"empty", "", "validation_failed"},
        {"null", nullptr, "validation_failed"},
        {"a number", 7, "validation_failed"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply =
            token("refresh_token", json::serialize(json::object{{"refresh_token", c.token}}));
        EXPECT_EQ(reply.status, 400U) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), c.error);
    }
    EXPECT_EQ(refresh(good).status, 200U) << "guesses do no harm";
}

TEST_F(Sessions, RefreshOfUsersWhoMayNot) {
    const json::object ana = session("ana@a.test");
    const json::object ben = session("ben@a.test");
    sql("UPDATE users SET banned_until = '2027-01-01T00:00:00.000000+00:00' "
        "WHERE email = 'ana@a.test'");
    sql("DELETE FROM users WHERE email = 'ben@a.test'");
    const Reply banned = refresh(text(ana, "refresh_token"));
    EXPECT_EQ(banned.status, 400U);
    EXPECT_EQ(error_of(banned), "user_banned");
    EXPECT_EQ(error_of(user_of(ana)), "user_banned");
    EXPECT_EQ(error_of(refresh(text(ben, "refresh_token"))), "refresh_token_not_found");
    EXPECT_EQ(error_of(user_of(ben)), "user_not_found");
}

TEST_F(Sessions, UserWho) {
    const struct {
        const char* name;
        Who who;
        unsigned status;
        const char* error;
    } cases[] = {
        {"no credentials", Who::nobody, 401, "no_authorization"},
        {"the anon key", Who::anon_key, 403, "bad_jwt"},
        {"the service key is no person", Who::service, 403, "bad_jwt"},
        {"forged", Who::forger, 403, "bad_jwt"},
        {"a user who is gone", Who::ghost, 403, "user_not_found"},
        {"a session that never was", Who::ana, 403, "session_not_found"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = send(c.who, "GET", "/auth/v1/user");
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(error_of(reply), c.error) << json::serialize(reply.body);
    }
    const json::object opened = session();
    EXPECT_EQ(user_of(opened).status, 200U);
    m_clock.advance(1h + crypto::jwt_clock_skew + 1s);
    EXPECT_EQ(error_of(user_of(opened)), "bad_jwt") << "it has expired";
}

TEST_F(Sessions, LogoutScopes) {
    const struct {
        const char* name;
        const char* query;
        bool own_ends;
        bool other_ends;
    } cases[] = {
        {"by default all", "", true, true},
        {"global", "?scope=global", true, true},
        {"local", "?scope=local", true, false},
        {"others", "?scope=others", false, true},
        {"empty is the default", "?scope=", true, true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const json::object own = session();
        const json::object other = session();
        const json::object bens = session("ben@a.test");
        const Reply reply =
            with_token(text(own, "access_token"), "POST", "/auth/v1/logout" + std::string(c.query));
        EXPECT_EQ(reply.status, 204U);
        EXPECT_TRUE(reply.body.as_string().empty());
        EXPECT_EQ(error_of(user_of(own)), c.own_ends ? "session_not_found" : "");
        EXPECT_EQ(error_of(user_of(other)), c.other_ends ? "session_not_found" : "");
        EXPECT_EQ(error_of(refresh(text(own, "refresh_token"))),
                  c.own_ends ? "refresh_token_not_found" : "");
        EXPECT_EQ(error_of(refresh(text(other, "refresh_token"))),
                  c.other_ends ? "refresh_token_not_found" : "");
        EXPECT_EQ(user_of(bens).status, 200U);
    }
}

TEST_F(Sessions, LogoutRefusals) {
    const json::object opened = session();
    const Reply bad = with_token(text(opened, "access_token"), "POST", "/auth/v1/logout?scope=all");
    EXPECT_EQ(bad.status, 400U);
    EXPECT_EQ(error_of(bad), "validation_failed");
    EXPECT_EQ(user_of(opened).status, 200U) << "nothing was ended";
    EXPECT_EQ(error_of(send(Who::nobody, "POST", "/auth/v1/logout")), "no_authorization");
    EXPECT_EQ(error_of(send(Who::service, "POST", "/auth/v1/logout")), "bad_jwt");
    EXPECT_EQ(error_of(send(Who::forger, "POST", "/auth/v1/logout")), "bad_jwt");
}

TEST_F(Sessions, PublicKeysHaveNoPrivatePart) {
    const Reply reply = send(Who::nobody, "GET", "/auth/v1/.well-known/jwks.json");
    EXPECT_EQ(reply.status, 200U);
    const json::array& keys = reply.body.at("keys").as_array();
    ASSERT_EQ(keys.size(), 1U);
    EXPECT_EQ(members(keys.at(0).as_object()),
              (Names{"alg", "crv", "key_ops", "kid", "kty", "use", "x", "y"}));
    EXPECT_EQ(keys.at(0).at("kid").as_string(), m_installation.signing_keys.front().id());
    EXPECT_EQ(keys.at(0).at("key_ops"), json::value(json::array{"verify"}));
    EXPECT_TRUE(reply.header("Cache-Control").contains("max-age"));
}

TEST_F(Sessions, HealthNamesTheProtocol) {
    const Reply reply = send(Who::nobody, "GET", "/auth/v1/health");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.text("name"), "GoTrue");
}

TEST_F(Sessions, SessionsCanBeSignedWithASharedSecret) {
    const auto shared =
        crypto::JwtKey::from_shared_secret(base::Secret(std::string(32, 's'))).value();
    const crypto::JwtVerifier verifier({m_installation.signing_keys.front(), shared});
    Authenticator authenticator(verifier, *m_store, TokenTrust{true});
    authenticator.set_issuer("/auth/v1");
    m_services = std::make_unique<Services>(
        Services{*m_store, m_clock, m_random, *m_sealer, m_rules, m_metrics, *m_attempts,
                 authenticator, *m_passwords, shared, verifier, m_tables.get(), *m_networks});
    const json::object opened = session();
    const std::string access = text(opened, "access_token");
    EXPECT_TRUE(verifier.verify(access, m_clock.now()));
    EXPECT_FALSE(m_verifier->verify(access, m_clock.now()));
    EXPECT_EQ(user_of(opened).status, 200U);
    const Reply keys = send(Who::nobody, "GET", "/auth/v1/.well-known/jwks.json");
    EXPECT_EQ(keys.body.at("keys").as_array().size(), 1U) << "a shared secret is not published";
    const auto key = [&](std::string_view role) {
        const auto now = core::to_unix_seconds(m_clock.now());
        return shared.sign({{"role", role}, {"iat", now}, {"exp", now + 3600}});
    };
    EXPECT_EQ(with_token(key("service_role"), "GET", "/roster/v1/users").status, 200U);
    EXPECT_EQ(with_token(key("anon"), "GET", "/roster/v1/users").status, 401U);
    m_services.reset();
}

}  // namespace
}  // namespace muster::api
