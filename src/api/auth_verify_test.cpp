// Codes and links that come back: POST and GET /auth/v1/verify.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/auth_test.hpp"
#include "app/one_time_tokens.hpp"
#include "base/encoding.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const std::string ana = "ana@a.test";
const std::string pending = "pending@a.test";
const std::string expired =
    "#error=access_denied&error_code=otp_expired"
    "&error_description=Email+link+is+invalid+or+has+expired&sb=";

class Verify : public Auth {
protected:
    explicit Verify(RateLimits::Mode limits = RateLimits::Mode::off) : Auth(limits) {
        m_clock.set_step(0us);
        m_clock.set(core::parse_timestamp("2026-11-23T10:00:00Z").value());
        use_mail();
    }
    void sign_up() {
        ASSERT_EQ(post("signup", {{"email", pending}, {"password", "correct horse"}}).status, 200U);
    }
    std::chrono::minutes m_between{1};  ///< two letters to one person
    void ask(const std::string& path, const std::string& email = ana) {
        m_clock.advance(m_between);
        ASSERT_EQ(post(path, {{"email", email}}).status, 200U);
    }
    Reply verify_code(const std::string& type, const std::string& email, const std::string& code) {
        return post("verify", {{"type", type}, {"email", email}, {"token", code}});
    }
    Reply verify_token(const std::string& type, const std::string& token) {
        return post("verify", {{"type", type}, {"token_hash", token}});
    }
    std::string amr_of(const std::string& access_token) {
        const auto claims = m_verifier->verify(access_token, m_clock.now());
        return claims ? std::string(claims->at("amr").at(0).at("method").as_string()) : "invalid";
    }
    void expect_expired(const Reply& reply) {
        EXPECT_EQ(reply.status, 403U) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), "otp_expired");
    }
    static std::string other(const std::string& code) {
        return code == "000000" ? "000001" : "000000";
    }
};

TEST_F(Verify, CodesOpenASessionOnce) {
    const struct {
        const char* name;
        const char* path;
        const char* type;
    } cases[] = {
        {"magic link", "otp", "magiclink"},
        {"magic link as email", "otp", "email"},
        {"recovery", "recover", "recovery"},
        {"recovery as email", "recover", "email"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        ask(c.path);
        const std::string code = code_to(ana);
        const Reply reply = verify_code(c.type, "ANA@a.test", code);
        ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
        EXPECT_EQ(members_of(reply), (Names{"access_token", "expires_at", "expires_in",
                                            "refresh_token", "token_type", "user"}));
        EXPECT_EQ(text(reply.body.at("user").as_object(), "id"), user_id(Who::ana));
        EXPECT_EQ(amr_of(reply.text("access_token")), "otp");
        EXPECT_EQ(user_of(reply.body.as_object()).status, 200U);
        expect_expired(verify_code(c.type, ana, code));
    }
}

TEST_F(Verify, ConfirmationLetsThemIn) {
    sign_up();
    const std::string code = code_to(pending);
    const Reply reply = verify_code("signup", pending, code.substr(0, 3) + "-" + code.substr(3));
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    const json::object& user = reply.body.at("user").as_object();
    EXPECT_EQ(text(user, "email_confirmed_at"), "2026-11-23T10:00:00Z");
    EXPECT_TRUE(user.at("user_metadata").at("email_verified").as_bool());
    EXPECT_EQ(sign_in(pending, "correct horse").status, 200U);
}

TEST_F(Verify, ALinksTokenWorksByPostToo) {
    sign_up();
    EXPECT_EQ(verify_token("email", link_token_to(pending)).status, 200U);
    ask("recover");
    const std::string token = link_token_to(ana);
    expect_expired(verify_token("signup", token));
    EXPECT_EQ(verify_token("recovery", token).status, 200U);
    const Reply again = verify_token("recovery", token);
    expect_expired(again);
    EXPECT_EQ(again.text("msg"), "Email link is invalid or has expired");
}

TEST_F(Verify, ARecoveryProvesTheAddress) {
    sign_up();
    ask("recover", pending);
    EXPECT_EQ(verify_code("recovery", pending, code_to(pending)).status, 200U);
    EXPECT_EQ(sign_in(pending, "correct horse").status, 200U);
}

TEST_F(Verify, CodesAreGoodForTheirTimeOnly) {
    ask("otp");
    m_clock.advance(24h);
    EXPECT_EQ(verify_code("email", ana, code_to(ana)).status, 200U) << "the last moment";
    ask("otp");
    const std::string link = link_to(ana);
    m_clock.advance(24h + 1us);
    const Reply late = verify_code("email", ana, code_to(ana));
    expect_expired(late);
    EXPECT_EQ(late.text("msg"), "Token has expired or is invalid");
    EXPECT_EQ(follow(link).header("Location"), "https://app.test" + expired);
}

TEST_F(Verify, CodesAreTheirAddresss) {
    ask("otp");
    expect_expired(verify_code("email", "ben@a.test", code_to(ana)));
    expect_expired(verify_code("email", "nobody@a.test", code_to(ana)));
    expect_expired(verify_code("signup", ana, code_to(ana)));
    expect_expired(verify_code("email_change", ana, code_to(ana)));
    EXPECT_EQ(verify_code("email", ana, code_to(ana)).status, 200U);
}

TEST_F(Verify, GuessesOfACodeAreFew) {
    ask("otp");
    for (std::int64_t i = 1; i < app::wrong_codes_max; ++i) {
        expect_expired(verify_code("email", ana, other(code_to(ana))));
    }
    EXPECT_EQ(verify_code("email", ana, code_to(ana)).status, 200U) << "one before the last";
    ask("otp");
    for (std::int64_t i = 0; i < app::wrong_codes_max; ++i) {
        expect_expired(verify_code("email", ana, other(code_to(ana))));
    }
    expect_expired(verify_code("email", ana, code_to(ana)));
    EXPECT_TRUE(follow(link_to(ana)).header("Location").contains("access_token="))
        << "a link cannot be guessed";
}

TEST_F(Verify, TheBannedStayOut) {
    ask("otp");
    const std::string link = link_to(ana);
    sql("UPDATE users SET banned_until = '2099-01-01T00:00:00.000000+00:00' "
        "WHERE email = 'ana@a.test'");
    const Reply reply = verify_code("email", ana, code_to(ana));
    EXPECT_EQ(reply.status, 403U);
    EXPECT_EQ(error_of(reply), "user_banned");
    EXPECT_EQ(reply.text("msg"), "User is banned");
    EXPECT_EQ(follow(link).header("Location"),
              "https://app.test#error=access_denied&error_code=user_banned"
              "&error_description=User+is+banned&sb=");
}

TEST_F(Verify, Refusals) {
    const std::string either = "Verify requires either a token or a token hash";
    const std::string only_hash = "Only the token_hash and type should be provided";
    const std::string one = "Only an email address or phone number should be provided on verify";
    const Refused rows[] = {
        {"nothing", {}, 400, "validation_failed", "Verify requires a verification type"},
        {"no token", {{"type", "email"}}, 400, "validation_failed", either},
        {"both tokens",
         {{"type", "email"}, {"token", "1"}, {"token_hash", "2"}},
         400,
         "validation_failed",
         either},
        {"a code of nobody",
         {{"type", "email"}, {"token", "123456"}},
         400,
         "validation_failed",
         one},
        {"a code of two",
         {{"type", "email"}, {"token", "123456"}, {"email", ana}, {"phone", "15550100"}},
         400,
         "validation_failed",
         one},
        {"a hash with an address",
         {{"type", "email"}, {"token_hash", "x"}, {"email", ana}},
         400,
         "validation_failed",
         only_hash},
        {"a hash with a place",
         {{"type", "email"}, {"token_hash", "x"}, {"redirect_to", "y"}},
         400,
         "validation_failed",
         only_hash},
        {"by telephone",
         {{"type", "sms"}, {"token", "123456"}, {"phone", "15550100"}},
         403,
         "otp_expired",
         "Token has expired or is invalid"},
        {"no address",
         {{"type", "email"}, {"token", "123456"}, {"email", "ana"}},
         422,
         "validation_failed",
         "Invalid email format"},
        {"unknown type",
         {{"type", "sms"}, {"token", "123456"}, {"email", ana}},
         400,
         "validation_failed",
         "Invalid email verification type"},
        {"a number",
         {{"type", "email"}, {"token", 123456}, {"email", ana}},
         400,
         "validation_failed",
         "token must be a string."},
        {"one too long",
         {{"type", "email"}, {"token_hash", std::string(1025, 'x')}},
         400,
         "validation_failed",
         "token_hash must have 0-1024 characters."},
        {"longest",
         {{"type", "email"}, {"token_hash", std::string(1024, 'x')}},
         403,
         "otp_expired",
         "Email link is invalid or has expired"},
        {"unknown code",
         {{"type", "email"}, {"token", "123456"}, {"email", ana}},
         403,
         "otp_expired",
         "Token has expired or is invalid"},
    };
    expect_refusals("verify", rows);
}

/// The parameters of a URL's fragment.
std::map<std::string, std::string> fragment_of(const std::string& url) {
    std::map<std::string, std::string> parameters;
    std::string rest = url.substr(url.find('#') + 1) + '&';
    while (!rest.empty()) {
        const std::string pair = rest.substr(0, rest.find('&'));
        rest.erase(0, pair.size() + 1);
        const auto equals = pair.find('=');
        parameters[pair.substr(0, equals)] =
            base::decode_form(pair.substr(equals + 1)).value_or("undecodable");
    }
    return parameters;
}

TEST_F(Verify, ALinkLeadsToTheAppWithASession) {
    const struct {
        const char* name;
        const char* path;
        const char* type;
    } cases[] = {
        {"magic link", "otp?redirect_to=https%3A%2F%2Fapp.test%2Fin%3Fa%3D1", "magiclink"},
        {"recovery", "recover?redirect_to=https%3A%2F%2Fapp.test%2Fin%3Fa%3D1", "recovery"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        ask(c.path);
        const std::string link = link_to(ana);
        const Reply reply = follow(link);
        EXPECT_EQ(reply.status, 303U);
        EXPECT_EQ(reply.header("Cache-Control"), "no-store");
        EXPECT_EQ(reply.body.as_string(), "");
        const std::string location = reply.header("Location");
        EXPECT_TRUE(location.starts_with("https://app.test/in?a=1#access_token=")) << location;
        auto parameters = fragment_of(location);
        EXPECT_EQ(parameters.at("type"), c.type);
        EXPECT_EQ(parameters.at("token_type"), "bearer");
        EXPECT_EQ(parameters.at("expires_in"), "3600");
        EXPECT_EQ(parameters.at("expires_at"),
                  std::to_string(core::to_unix_seconds(m_clock.now()) + 3600));
        EXPECT_EQ(parameters.at("sb"), "");
        EXPECT_EQ(parameters.size(), 7U);
        const std::string access = parameters.at("access_token");
        EXPECT_EQ(with_token(access, "GET", "/auth/v1/user").status, 200U);
        EXPECT_EQ(refresh(parameters.at("refresh_token")).status, 200U);
        EXPECT_EQ(follow(link).header("Location"), "https://app.test/in?a=1" + expired)
            << "once only";
    }
}

TEST_F(Verify, ALinkNeverLeadsElsewhere) {
    ask("otp");
    const std::string token = link_token_to(ana);
    const Reply reply =
        follow("/auth/v1/verify?token=" + token + "&type=magiclink&redirect_to=https://evil.test");
    EXPECT_TRUE(reply.header("Location").starts_with("https://app.test#access_token="));
}

TEST_F(Verify, LinksThatAreNone) {
    ask("otp");
    const std::string token = link_token_to(ana);
    const Reply no_type = follow("/auth/v1/verify?token=" + token);
    EXPECT_EQ(no_type.status, 400U);
    EXPECT_EQ(no_type.text("msg"), "Verify requires a verification type");
    const Reply no_token = follow("/auth/v1/verify?type=magiclink");
    EXPECT_EQ(no_token.status, 400U);
    EXPECT_EQ(no_token.text("msg"), "Verify requires a token or a token hash");
    EXPECT_EQ(follow("/auth/v1/verify?type=sms&token=" + token).header("Location"),
              "https://app.test#error=invalid_request&error_code=validation_failed"
              "&error_description=Invalid+email+verification+type&sb=");
    EXPECT_EQ(follow("/auth/v1/verify?type=signup&token=" + token).header("Location"),
              "https://app.test" + expired);
    EXPECT_EQ(follow("/auth/v1/verify?type=magiclink&token=pkce_x").header("Location"),
              "https://app.test?error=access_denied&error_code=otp_expired"
              "&error_description=Email+link+is+invalid+or+has+expired" +
                  expired);
    EXPECT_EQ(send(Who::nobody, "HEAD", link_to(ana)).status, 405U)
        << "who only looks must not use it up";
    EXPECT_TRUE(follow(link_to(ana)).header("Location").contains("access_token="));
}

class VerifyLimited : public Verify {
protected:
    VerifyLimited() : Verify(RateLimits::Mode::on) {
        // Attempts come back with the database's time: none passes.
        m_rules.accounts.mail_interval = std::chrono::seconds(0);
        m_between = std::chrono::minutes(0);
    }
};

TEST_F(VerifyLimited, AnAddressGuessesSoOften) {
    ask("otp");
    for (int i = 0; i < 28; ++i) expect_expired(verify_token("email", std::to_string(i)));
    EXPECT_EQ(verify_token("magiclink", link_token_to(ana)).status, 200U) << "costs nothing";
    ask("otp");
    EXPECT_EQ(follow("/auth/v1/verify?type=email&token=x").status, 303U);
    EXPECT_EQ(error_of(verify_code("email", ana, other(code_to(ana)))), "otp_expired");
    for (const Reply& reply :
         {verify_code("email", ana, code_to(ana)), verify_token("email", link_token_to(ana)),
          follow(link_to(ana)), token("pkce", R"({"auth_code":"x","code_verifier":"y"})")}) {
        EXPECT_EQ(reply.status, 429U);
        EXPECT_EQ(error_of(reply), "over_request_rate_limit");
    }
    EXPECT_EQ(error_of(post("verify", json::object{})), "validation_failed")
        << "what is malformed costs nothing";
}

}  // namespace
}  // namespace muster::api
