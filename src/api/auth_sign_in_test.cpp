// Passwords: each answer, each refusal, and how many guesses there are.
// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "api/auth_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

class SignIn : public Auth {};

TEST_F(SignIn, PasswordGrant) {
    m_clock.set_step(0us);
    m_clock.set(core::parse_timestamp("2026-11-23T10:00:00Z").value());
    struct Case {
        const char* name;
        std::string body;
        unsigned status;
        const char* error;
    };
    const auto login = [](const std::string& email, const std::string& password) {
        return json::serialize(json::object{{"email", email}, {"password", password}});
    };
    const std::string right = password_of("ana@a.test");
    sql("UPDATE users SET banned_until = '2026-11-23T10:00:00.000001+00:00' "
        "WHERE email = 'ben@a.test'");
    sql("UPDATE users SET banned_until = '2026-11-23T10:00:00.000000+00:00' "
        "WHERE email = 'sue@a.test'");
    sql("UPDATE users SET encrypted_password = '' WHERE email = 'boss@a.test'");
    const Case cases[] = {
        {"right", login("ana@a.test", right), 200, ""},
        {"address in capitals", login("ANA@A.Test", right), 200, ""},
        {"other members are ignored",
         R"({"email":"ana@a.test","password":")" + right + R"(","gotrue_meta_security":{}})", 200,
         ""},
        {"wrong", login("ana@a.test", right + "x"), 400, "invalid_credentials"},
        {"another's", login("ana@a.test", password_of("ben@a.test")), 400, "invalid_credentials"},
        {"unknown user", login("eve@a.test", right), 400, "invalid_credentials"},
        {"a user without a password", login("boss@a.test", "x"), 400, "invalid_credentials"},
        {"banned", login("ben@a.test", password_of("ben@a.test")), 400, "user_banned"},
        {"banned, and a wrong guess", login("ben@a.test", "x"), 400, "invalid_credentials"},
        {"banned until now", login("sue@a.test", password_of("sue@a.test")), 200, ""},
        {"longest password", login("ana@a.test", std::string(1024, 'p')), 400,
         "invalid_credentials"},
        {"one past it", login("ana@a.test", std::string(1025, 'p')), 400, "validation_failed"},
        {"empty password", login("ana@a.test", ""), 400, "validation_failed"},
        {"no password", R"({"email":"ana@a.test"})", 400, "validation_failed"},
        {"no address", R"({"password":"x"})", 400, "validation_failed"},
        {"address is null", R"({"email":null,"password":"x"})", 400, "validation_failed"},
        {"address is a number", R"({"email":7,"password":"x"})", 400, "validation_failed"},
        {"password is an object", R"({"email":"ana@a.test","password":{}})", 400,
         "validation_failed"},
        {"address without @", login("ana", "x"), 400, "validation_failed"},
        {"address of 255", login(std::string(248, 'a') + "@a.test", "x"), 400, "validation_failed"},
        {"broken JSON", "{", 400, "bad_json"},
        {"no body", "", 400, "bad_json"},
        {"an array", "[]", 400, "bad_json"},
        {"bad UTF-8", "{\"email\":\"\xff\"}", 400, "validation_failed"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = token("password", c.body);
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), c.error);
        EXPECT_EQ(reply.body.as_object().contains("access_token"), c.status == 200);
    }
}

TEST_F(SignIn, UnknownAndWrongGetTheSameAnswer) {
    const Reply wrong = sign_in("ana@a.test", "x");
    const Reply unknown = sign_in("eve@a.test", "x");
    EXPECT_EQ(json::serialize(wrong.body), json::serialize(unknown.body));
    EXPECT_EQ(wrong.status, unknown.status);
}

TEST_F(SignIn, OtherGrantsAreRefused) {
    for (const char* const grant : {"", "id_token", "PASSWORD"}) {
        SCOPED_TRACE(grant);
        const Reply reply = token(grant, "{}");
        EXPECT_EQ(reply.status, 400U);
        EXPECT_EQ(error_of(reply), "invalid_credentials");
        EXPECT_EQ(reply.text("msg"), "unsupported_grant_type");
    }
}

TEST_F(SignIn, ErrorsComeInTheShapeThatIsAskedFor) {
    const struct {
        const char* name;
        const char* version;
        bool modern;
    } cases[] = {
        {"none", "", false},
        {"of the first", "2023-12-31", false},
        {"the second's first day", "2024-01-01", true},
        {"a later one", "2025-06-01", true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        std::vector<net::HeaderView> headers;
        if (*c.version) headers.push_back({"X-Supabase-Api-Version", c.version});
        const Reply reply =
            token("password", R"({"email":"ana@a.test","password":"x"})", std::move(headers));
        EXPECT_EQ(reply.status, 400U);
        EXPECT_EQ(error_of(reply), "invalid_credentials");
        if (c.modern) {
            EXPECT_EQ(members(reply.body.as_object()), (Names{"code", "message"}));
            EXPECT_EQ(reply.code(), "invalid_credentials");
            EXPECT_EQ(reply.text("message"), "Invalid login credentials");
            EXPECT_EQ(reply.header("X-Supabase-Api-Version"), "2024-01-01");
        } else {
            EXPECT_EQ(members(reply.body.as_object()), (Names{"code", "error_code", "msg"}));
            EXPECT_EQ(reply.body.at("code").to_number<int>(), 400);
            EXPECT_EQ(reply.text("error_code"), "invalid_credentials");
            EXPECT_EQ(reply.text("msg"), "Invalid login credentials");
            EXPECT_EQ(reply.header("X-Supabase-Api-Version"), "");
        }
    }
}

TEST_F(SignIn, ThePasswordQueueHasItsLimit) {
    // Hashes come home to their context only when it runs: until then each keeps its place.
    boost::asio::io_context most(1);
    boost::asio::io_context last(1);
    const auto occupy = [&](boost::asio::io_context& context, std::size_t count) {
        const std::size_t wanted = m_passwords->queue_depth() + count;
        for (std::size_t i = 0; i < count; ++i) {
            boost::asio::co_spawn(context, m_passwords->hash(base::Secret<std::string>("x")),
                                  boost::asio::detached);
        }
        while (m_passwords->queue_depth() < wanted && context.run_one_for(20s) > 0) {
        }
        ASSERT_EQ(m_passwords->queue_depth(), wanted);
    };
    occupy(most, password_queue_max - 1);
    EXPECT_EQ(sign_in("ana@a.test", password_of("ana@a.test")).status, 200U) << "the last place";
    occupy(last, 1);
    const struct {
        const char* name;
        const char* email;
    } cases[] = {{"a user", "ana@a.test"}, {"nobody costs the same", "eve@a.test"}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = sign_in(c.email, password_of("ana@a.test"));
        EXPECT_EQ(reply.status, 503U);
        EXPECT_EQ(error_of(reply), "server_busy");
    }
    most.run_for(60s);
    last.run_for(60s);
    EXPECT_EQ(m_passwords->queue_depth(), 0U);
    EXPECT_EQ(sign_in("ana@a.test", password_of("ana@a.test")).status, 200U);
}

class LimitedAuth : public Auth {
protected:
    LimitedAuth() : Auth(RateLimits::Mode::on) {}

    /// How many attempts pass before one is refused; each bucket refills while they run, so a slow
    /// machine may see a few more.
    template <class Attempt>
    void expect_limit(Limit limit, const Attempt& attempt) {
        const int burst =
            static_cast<int>(std::ranges::find(limit_table(), limit, &LimitRow::limit)->burst);
        int passed = 0;
        Reply reply = attempt(passed);
        while (reply.status != 429 && passed < burst + 50) reply = attempt(++passed);
        EXPECT_GE(passed, burst);
        ASSERT_EQ(reply.status, 429U) << "no limit after " << passed;
        EXPECT_EQ(error_of(reply), "over_request_rate_limit");
        EXPECT_GT(std::stoi(reply.header("Retry-After")), 0);
    }
};

TEST_F(LimitedAuth, GuessesAtOneAccount) {
    expect_limit(Limit::password_account, [&](int number) {
        return sign_in(number % 2 == 0 ? "ana@a.test" : "ANA@a.test", "guess");
    });
    EXPECT_EQ(sign_in("ben@a.test", password_of("ben@a.test")).status, 200U)
        << "another account is not locked";
}

TEST_F(LimitedAuth, GuessesFromOneAddress) {
    expect_limit(Limit::password_address, [&](int number) {
        return sign_in("user" + std::to_string(number) + "@a.test", "guess");
    });
}

TEST_F(LimitedAuth, GuessesAtRefreshTokens) {
    expect_limit(Limit::refresh_address, [&](int) { return refresh("guess"); });
}

TEST_F(LimitedAuth, HonestPeopleAreNotLimited) {
    for (int i = 0; i < 40; ++i) {
        const Reply reply = sign_in("ana@a.test", password_of("ana@a.test"));
        ASSERT_EQ(reply.status, 200U) << i;
    }
    std::string newest = text(session(), "refresh_token");
    for (int i = 0; i < 80; ++i) {
        const Reply reply = refresh(newest);
        ASSERT_EQ(reply.status, 200U) << i;
        newest = reply.text("refresh_token");
    }
}

}  // namespace
}  // namespace muster::api
