// POST /auth/v1/admin/generate_link: each type's answer, what the links and codes are good for, and
// each refusal.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/auth_test.hpp"
#include "base/encoding.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Names = std::vector<std::string>;

class ActionLinks : public Auth {
protected:
    ActionLinks() { m_services->site_url = "https://app.test"; }

    Reply generate(const json::object& body, Who who = Who::service) {
        return post("admin/generate_link", body, who);
    }
    /// The answer to following the link.
    Reply follow_link(const Reply& made) {
        const std::string link = made.text("action_link");
        EXPECT_TRUE(link.starts_with("http://muster.test/auth/v1/verify?token=")) << link;
        return follow(link.substr(std::string_view("http://muster.test").size()));
    }
    Reply verify_hash(const Reply& made, const std::string& type) {
        return post("verify", {{"token_hash", made.text("hashed_token")}, {"type", type}});
    }
    std::string password_hash_of(const std::string& email) {
        const auto hash =
            m_store->read_now([&](store::Transaction& tx) -> core::Result<std::string> {
                return tx.one("SELECT encrypted_password FROM users WHERE email = $1", email)
                    ->optional_text(0)
                    .value_or("");
            });
        return *hash;
    }
};

TEST_F(ActionLinks, AnswersTheUserWithTheLinkBesides) {
    const Reply reply = generate({{"type", "magiclink"}, {"email", "ana@a.test"}});
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(members_of(reply),
              (Names{"action_link", "app_metadata", "aud", "confirmed_at", "created_at", "email",
                     "email_confirmed_at", "email_otp", "hashed_token", "id", "identities",
                     "is_anonymous", "phone", "recovery_sent_at", "redirect_to", "role",
                     "updated_at", "user_metadata", "verification_type"}));
    EXPECT_EQ(reply.text("verification_type"), "magiclink");
    EXPECT_EQ(reply.text("redirect_to"), "https://app.test");
    EXPECT_EQ(reply.text("email_otp").size(), 6U);
    EXPECT_EQ(reply.text("action_link"),
              "http://muster.test/auth/v1/verify?token=" + reply.text("hashed_token") +
                  "&type=magiclink&redirect_to=https%3A%2F%2Fapp.test");
    const Reply again = generate({{"type", "magiclink"}, {"email", "ana@a.test"}});
    EXPECT_EQ(again.status, 200U) << "no pause between two: no mail is sent";
    EXPECT_TRUE(follow_link(reply).header("Location").contains("otp_expired"))
        << "only the newest is good";
    EXPECT_TRUE(follow_link(again).header("Location").contains("#access_token="));
    EXPECT_TRUE(follow_link(again).header("Location").contains("otp_expired")) << "once";
}

TEST_F(ActionLinks, EachTypeIsGoodForWhatItSays) {
    const struct {
        const char* type;
        const char* email;
        const char* verification;
        const char* verify;
    } cases[] = {
        {"signup", "one@x.test", "signup", "signup"},
        {"invite", "two@x.test", "invite", "invite"},
        {"magiclink", "ana@a.test", "magiclink", "magiclink"},
        {"magiclink", "stranger@x.test", "signup", "signup"},
        {"recovery", "ben@a.test", "recovery", "recovery"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(std::string(c.type) + " of " + c.email);
        const json::object body{{"type", c.type},
                                {"email", c.email},
                                {"password", "secret word"},
                                {"data", {{"full_name", "Somebody"}}}};
        const Reply made = generate(body);
        ASSERT_EQ(made.status, 200U) << json::serialize(made.body);
        EXPECT_EQ(made.text("verification_type"), c.verification);
        const Reply verified = verify_hash(made, c.verify);
        EXPECT_EQ(verified.status, 200U) << json::serialize(verified.body);
        EXPECT_EQ(verified.body.at("user").at("email").as_string(), c.email);
        const Reply by_code = generate({{"type", "magiclink"}, {"email", c.email}});
        EXPECT_EQ(
            post("verify",
                 {{"email", c.email}, {"token", by_code.text("email_otp")}, {"type", "magiclink"}})
                .status,
            200U);
    }
    EXPECT_EQ(sign_in("one@x.test", "secret word").status, 200U);
    EXPECT_EQ(password_hash_of("stranger@x.test"), "") << "nobody chose one";
    EXPECT_EQ(password_hash_of("two@x.test"), "");
}

TEST_F(ActionLinks, EmailChangesNeedBothLinks) {
    const json::object current{
        {"type", "email_change_current"}, {"email", "ana@a.test"}, {"new_email", "Anna@a.test"}};
    json::object other = current;
    other["type"] = "email_change_new";
    const Reply from = generate(current);
    const Reply to = generate(other);
    ASSERT_EQ(from.status, 200U) << json::serialize(from.body);
    ASSERT_EQ(to.status, 200U);
    EXPECT_EQ(from.text("new_email"), "anna@a.test");
    EXPECT_EQ(to.text("verification_type"), "email_change_new");
    EXPECT_TRUE(to.text("action_link").contains("&type=email_change&"));
    EXPECT_EQ(verify_hash(from, "email_change").status, 200U);
    EXPECT_EQ(sign_in("ana@a.test", password_of("ana@a.test")).status, 200U) << "not yet";
    EXPECT_EQ(verify_hash(to, "email_change").status, 200U);
    EXPECT_EQ(sign_in("anna@a.test", password_of("ana@a.test")).status, 200U);
}

TEST_F(ActionLinks, ALinkForOneNewAddressIsNoneForAnother) {
    const auto change = [&](const char* type, const char* to) {
        return generate({{"type", type}, {"email", "ana@a.test"}, {"new_email", to}});
    };
    const Reply older = change("email_change_current", "x@x.test");
    EXPECT_EQ(change("email_change_new", "y@x.test").status, 200U);
    EXPECT_EQ(error_of(verify_hash(older, "email_change")), "otp_expired");
}

TEST_F(ActionLinks, RefusalsOfForm) {
    const std::string long_type(101, 't');
    const struct {
        const char* name;
        json::object body;
        const char* message;
    } cases[] = {
        {"no type", {{"type", ""}}, "Invalid email action link type requested: "},
        {"another type", {{"type", "sms"}}, "Invalid email action link type requested: sms"},
        {"a type of 101 characters", {{"type", long_type}}, ""},
        {"no address", {{"email", ""}}, "An email address is required"},
        {"a new address that is missing",
         {{"type", "email_change_new"}},
         "An email address is required"},
        {"sign-up without a password",
         {{"type", "signup"}, {"email", "n@x.test"}},
         "Signup requires a valid password"},
        {"data that is none", {{"data", 7}}, ""},
        {"a redirect that is none", {{"redirect_to", 7}}, ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        json::object body{{"type", "magiclink"}, {"email", "ana@a.test"}};
        for (const auto& [name, value] : c.body) body[name] = value;
        const Reply reply = generate(body);
        EXPECT_EQ(reply.status, 400U) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), "validation_failed");
        if (*c.message) {
            EXPECT_EQ(reply.text("msg"), c.message);
        }
    }
    m_rules.accounts.secure_email_change = false;
    EXPECT_EQ(
        generate(
            {{"type", "email_change_current"}, {"email", "ana@a.test"}, {"new_email", "n@x.test"}})
            .text("msg"),
        "Enable secure email change to generate link for current email");
}

TEST_F(ActionLinks, RefusalsOfPeople) {
    constexpr const char* taken = "A user with this email address has already been registered";
    constexpr const char* unknown = "User with this email not found";
    const struct {
        const char* type;
        const char* email;
        unsigned status;
        const char* error;
        const char* message;
    } cases[] = {
        {"recovery", "n@x.test", 404, "user_not_found", unknown},
        {"email_change_current", "n@x.test", 404, "user_not_found", unknown},
        {"email_change_new", "n@x.test", 404, "user_not_found", unknown},
        {"email_change_new", "ana@a.test", 422, "email_exists", taken},
        {"email_change_current", "ana@a.test", 422, "email_exists", taken},
        {"invite", "ana@a.test", 422, "email_exists", taken},
        {"signup", "ana@a.test", 422, "email_exists", taken},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(std::string(c.type) + " of " + c.email);
        const Reply reply = generate({{"type", c.type},
                                      {"email", c.email},
                                      {"new_email", "ben@a.test"},
                                      {"password", "secret word"}});
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), c.error);
        EXPECT_EQ(reply.text("msg"), c.message);
    }
    const Reply weak = generate({{"type", "signup"}, {"email", "n@x.test"}, {"password", "12345"}});
    EXPECT_EQ(weak.status, 422U);
    EXPECT_EQ(error_of(weak), "weak_password");
}

TEST_F(ActionLinks, Redirects) {
    m_services->redirect_urls = {"https://other.test/**"};
    const json::object body{{"type", "magiclink"}, {"email", "ana@a.test"}};
    const auto redirect = [&](const std::string& query, const char* name, const char* value) {
        json::object with = body;
        if (name) with[name] = value;
        const std::string asked = query.empty() ? "" : "?redirect_to=" + base::encode_form(query);
        return post("admin/generate_link" + asked, with, Who::service).text("redirect_to");
    };
    EXPECT_EQ(redirect("https://other.test/a", nullptr, nullptr), "https://other.test/a");
    EXPECT_EQ(redirect("", "redirectTo", "https://other.test/b"), "https://other.test/b");
    EXPECT_EQ(redirect("", "redirect_to", "https://other.test/c"), "https://other.test/c");
    EXPECT_EQ(redirect("", "redirect_to", "https://evil.test/"), "https://app.test");
    EXPECT_EQ(redirect("https://evil.test/", nullptr, nullptr), "https://app.test");
}

TEST_F(ActionLinks, WhoMayAsk) {
    const json::object body{{"type", "recovery"}, {"email", "root@a.test"}};
    const struct {
        Who who;
        unsigned status;
        const char* error;
    } cases[] = {
        {Who::nobody, 401, "no_authorization"}, {Who::anon_key, 403, "not_admin"},
        {Who::ana, 403, "not_admin"},           {Who::boss, 403, "not_admin"},
        {Who::other_boss, 403, "not_admin"},    {Who::root, 403, "not_admin"},
        {Who::forger, 403, "bad_jwt"},          {Who::service, 200, ""},
    };
    for (const auto& c : cases) {
        const Reply reply = generate(body, c.who);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(error_of(reply), c.error);
    }
}

}  // namespace
}  // namespace muster::api
