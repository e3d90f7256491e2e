// Which credentials are believed, and for how long.
// SPDX-License-Identifier: Apache-2.0
#include "api/authenticator.hpp"

#include <gtest/gtest.h>

#include "api/api_test.hpp"
#include "fakes/run.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using core::Caller;
using Kind = core::Caller::Kind;

class Authentication : public ApiTest {
protected:
    Authentication()
        : m_shared(crypto::JwtKey::from_shared_secret(base::Secret(std::string(32, 's'))).value()),
          m_both({m_installation.signing_keys.front(), m_shared}) {}

    Authenticated authenticate(Authenticator& authenticator, std::string_view authorization,
                               std::string_view apikey = {},
                               ApiKeyRule rule = ApiKeyRule::optional) {
        net::Request request;
        request.client_address = "192.0.2.7";
        if (!authorization.empty()) request.headers.push_back({"authorization", authorization});
        if (!apikey.empty()) request.headers.push_back({"APIKey", apikey});
        return fakes::run(authenticator.authenticate(request, rule, m_clock.now()));
    }
    json::object claims(std::string_view role, std::string_view subject) const {
        const auto now = core::to_unix_seconds(m_clock.now());
        return {{"role", role}, {"sub", subject}, {"iat", now}, {"exp", now + 3600}};
    }
    std::string mine(const json::object& claims) const {
        return m_installation.signing_keys.front().sign(claims);
    }

    crypto::JwtKey m_shared;
    crypto::JwtVerifier m_both;
};

TEST_F(Authentication, Credentials) {
    const std::string id = user_id(Who::ana);
    const std::string user = mine(claims("authenticated", id));
    const std::string anon = token_of(Who::anon_key);
    const std::string service = token_of(Who::service);
    json::object endless = claims("authenticated", id);
    endless.erase("exp");
    json::object expired = claims("authenticated", id);
    expired["exp"] = core::to_unix_seconds(m_clock.now()) - 31;
    json::object without_role = claims("authenticated", id);
    without_role.erase("role");
    json::object role_is_number = claims("authenticated", id);
    role_is_number["role"] = 1;
    struct Case {
        const char* name;
        std::string authorization;
        std::string apikey;
        std::optional<Kind> kind;
    };
    const Case cases[] = {
        {"nothing", "", "", Kind::anonymous},
        {"a session", "Bearer " + user, "", Kind::user},
        {"the scheme in other letters", "bEaReR " + user, "", Kind::user},
        {"the anon key", "Bearer " + anon, "", Kind::anonymous},
        {"the service key", "Bearer " + service, "", Kind::service},
        {"the anon key as apikey", "", anon, Kind::anonymous},
        {"the service key as apikey", "", service, Kind::service},
        {"a session as apikey", "", user, Kind::user},
        {"Authorization decides, for less", "Bearer " + user, service, Kind::user},
        {"Authorization decides, for more", "Bearer " + service, anon, Kind::service},
        {"Authorization decides, although bad", "Bearer x", service, std::nullopt},
        {"another scheme", "Basic YTpi", "", std::nullopt},
        {"another scheme beside a good key", "Basic YTpi", service, std::nullopt},
        {"no token", "Bearer", "", std::nullopt},
        {"an empty token", "Bearer ", "", std::nullopt},
        {"two blanks", "Bearer  " + user, "", std::nullopt},
        {"no JWT", "Bearer x", "", std::nullopt},
        {"no JWT as apikey", "", "x", std::nullopt},
        {"a changed session", "Bearer " + user + "A", "", std::nullopt},
        {"forged", "Bearer " + token_of(Who::forger), "", std::nullopt},
        {"without an end", "Bearer " + mine(endless), "", std::nullopt},
        {"expired", "Bearer " + mine(expired), "", std::nullopt},
        {"no role", "Bearer " + mine(without_role), "", std::nullopt},
        {"the role is a number", "Bearer " + mine(role_is_number), "", std::nullopt},
        {"a role of the database", "Bearer " + mine(claims("postgres", id)), "", std::nullopt},
        {"no user's id", "Bearer " + mine(claims("authenticated", "ana")), "", std::nullopt},
        {"a service key that nobody issued", "Bearer " + mine(claims("service_role", id)), "",
         std::nullopt},
        {"an anon key that nobody issued", "Bearer " + mine(claims("anon", id)), "", std::nullopt},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto caller = authenticate(*m_authenticator, c.authorization, c.apikey);
        ASSERT_EQ(caller.has_value(), c.kind.has_value());
        if (!caller) {
            EXPECT_EQ(core::word_of(caller.error().error.code), "invalid_authentication");
            EXPECT_TRUE(caller.error().jwt);
            continue;
        }
        EXPECT_EQ(caller->kind, *c.kind);
        EXPECT_EQ(caller->user_id, *c.kind == Kind::user ? id : "");
        EXPECT_EQ(caller->ip_address, "192.0.2.7");
    }
}

TEST_F(Authentication, SharedSecret) {
    const std::string id = user_id(Who::ana);
    const struct {
        const char* name;
        std::string token;
        bool signs_keys;
        std::optional<Kind> kind;
    } cases[] = {
        {"a session", m_shared.sign(claims("authenticated", id)), false, Kind::user},
        {"a session, where it signs keys", m_shared.sign(claims("authenticated", id)), true,
         Kind::user},
        {"an anon key", m_shared.sign(claims("anon", "")), true, Kind::anonymous},
        {"a service key", m_shared.sign(claims("service_role", "")), true, Kind::service},
        {"an anon key, where it signs none", m_shared.sign(claims("anon", "")), false,
         std::nullopt},
        {"a service key, where it signs none", m_shared.sign(claims("service_role", "")), false,
         std::nullopt},
        {"a service key under the server's own key", mine(claims("service_role", "")), true,
         std::nullopt},
        {"the recorded service key", token_of(Who::service), true, Kind::service},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        Authenticator authenticator(m_both, *m_store, TokenTrust{c.signs_keys});
        const auto caller = authenticate(authenticator, "Bearer " + c.token);
        ASSERT_EQ(caller.has_value(), c.kind.has_value());
        if (caller) {
            EXPECT_EQ(caller->kind, *c.kind);
        }
    }
}

TEST_F(Authentication, ASessionIsBelievedUntilItEnds) {
    const std::string bearer = "Bearer " + mine(claims("authenticated", user_id(Who::ana)));
    const struct {
        const char* name;
        std::chrono::seconds age;
        bool believed;
    } cases[] = {
        {"new", 0s, true},
        {"remembered", 3599s, true},
        {"within the clocks' difference", 3600s + crypto::jwt_clock_skew - 1s, true},
        {"past it", 3600s + crypto::jwt_clock_skew + 1s, false},
    };
    const core::Timestamp start = m_clock.now();
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        m_clock.set(start + c.age);
        EXPECT_EQ(authenticate(*m_authenticator, bearer).has_value(), c.believed);
    }
}

TEST_F(Authentication, ARevokedKeyIsRefusedSoon) {
    m_clock.set_step(0us);
    const struct {
        const char* name;
        bool used_before;
        std::chrono::microseconds waited;
        bool believed;
    } cases[] = {
        {"never used", false, 0us, false},
        {"remembered", true, api_key_cache_time - 1us, true},
        {"remembered long enough", true, api_key_cache_time, false},
    };
    for (const Who key : {Who::service, Who::anon_key}) {
        for (const auto& c : cases) {
            SCOPED_TRACE(c.name);
            Authenticator authenticator(*m_verifier, *m_store, TokenTrust{});
            const std::string bearer = "Bearer " + token_of(key);
            if (c.used_before) {
                ASSERT_TRUE(authenticate(authenticator, bearer));
            }
            const auto set_revoked = [&](const char* value) {
                const std::string sql = std::string("UPDATE api_keys SET revoked_at = ") + value;
                const auto done =
                    m_store->write_now([&](store::Transaction& tx) -> core::Result<std::int64_t> {
                        return tx.execute(sql);
                    });
                ASSERT_TRUE(done);
            };
            set_revoked("now()");
            m_clock.advance(c.waited);
            EXPECT_EQ(authenticate(authenticator, bearer).has_value(), c.believed);
            set_revoked("NULL");
            m_clock.advance(api_key_cache_time);
            EXPECT_TRUE(authenticate(authenticator, bearer));
        }
    }
}

}  // namespace
}  // namespace muster::api
