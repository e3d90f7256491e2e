// PUT /auth/v1/user: people change their metadata, password and address.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/auth_test.hpp"
#include "app/metadata.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const std::string ana = "ana@a.test";
const std::string moved = "ana@new.test";
const std::string new_password = "correct horse";

class UserUpdate : public Auth {
protected:
    explicit UserUpdate(RateLimits::Mode limits = RateLimits::Mode::off) : Auth(limits) {
        m_clock.set_step(0us);
        m_clock.set(core::parse_timestamp("2026-11-23T10:00:00Z").value());
        use_mail();
    }
    Reply put(const json::object& session, const json::object& body,
              const std::string& query = "") {
        const std::string bearer = "Bearer " + text(session, "access_token");
        return send(Who::nobody, "PUT", "/auth/v1/user" + query, json::serialize(body),
                    {{"Authorization", bearer}});
    }
    Reply verify_code(const std::string& type, const std::string& email) {
        return post("verify", {{"type", type}, {"email", email}, {"token", code_to(email)}});
    }
};

TEST_F(UserUpdate, NothingIsTheUserAsItIs) {
    const json::object opened = session();
    const Reply reply = put(opened, {{"password", nullptr},
                                     {"email", nullptr},
                                     {"data", nullptr},
                                     {"code_challenge", nullptr},
                                     {"code_challenge_method", nullptr}});
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(reply.body, user_of(opened).body) << "the bare user";
    EXPECT_EQ(put(opened, {{"email", "ANA@a.test"}}).status, 200U) << "the one they have";
    EXPECT_TRUE(m_mail.mails.empty());
}

TEST_F(UserUpdate, MetadataIsMerged) {
    const json::object opened = session();
    ASSERT_EQ(put(opened, {{"data", {{"a", 1}, {"b", {{"c", 2}}}}}}).status, 200U);
    m_clock.advance(1h);
    const Reply reply = put(opened, {{"data", {{"b", {{"d", 3}}}, {"a", nullptr}, {"e", "f"}}}});
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    const json::object merged{{"b", {{"d", 3}}}, {"e", "f"}};
    EXPECT_EQ(reply.body.at("user_metadata"), merged);
    EXPECT_EQ(reply.text("updated_at"), "2026-11-23T11:00:00Z");
    EXPECT_EQ(user_of(opened).body.at("user_metadata"), merged);
}

TEST_F(UserUpdate, ANewPasswordEndsOtherSessions) {
    const json::object kept = session();
    const json::object other = session();
    ASSERT_EQ(put(kept, {{"password", new_password}}).status, 200U);
    EXPECT_EQ(sign_in(ana, new_password).status, 200U);
    EXPECT_EQ(error_of(sign_in(ana, password_of(ana))), "invalid_credentials");
    EXPECT_EQ(user_of(kept).status, 200U);
    EXPECT_EQ(error_of(user_of(other)), "session_not_found");
    EXPECT_EQ(error_of(refresh(text(other, "refresh_token"))), "refresh_token_not_found");
    EXPECT_EQ(session("ben@a.test").size(), 6U) << "other people keep theirs";
}

TEST_F(UserUpdate, PasswordsThatAreRefused) {
    const json::object opened = session();
    const Refused rows[] = {
        {"password one short",
         {{"password", "12345"}},
         422,
         "weak_password",
         "Password should be at least 6 characters."},
        {"empty password",
         {{"password", ""}},
         422,
         "weak_password",
         "Password should be at least 6 characters."},
        {"password one too long",
         {{"password", std::string(1025, 'p')}},
         400,
         "validation_failed",
         "password must have 0-1024 characters."},
        {"the same password",
         {{"password", password_of(ana)}},
         422,
         "same_password",
         "New password should be different from the old password."},
    };
    expect_refusals(rows, [&](const json::object& body) { return put(opened, body); });
    EXPECT_EQ(sign_in(ana, password_of(ana)).status, 200U);
}

TEST_F(UserUpdate, Refusals) {
    const json::object opened = session();
    const Refused rows[] = {
        {"a telephone",
         {{"phone", "15550100"}},
         400,
         "phone_provider_disabled",
         "Unsupported phone provider"},
        {"app metadata",
         {{"app_metadata", {{"role", "admin"}}}},
         403,
         "not_admin",
         "Updating app_metadata requires admin privileges"},
        {"another's address",
         {{"email", "BEN@a.test"}},
         422,
         "email_exists",
         "A user with this email address has already been registered"},
        {"no address",
         {{"email", "ana"}},
         400,
         "validation_failed",
         "Unable to validate email address: invalid format"},
        {"data is a list",
         {{"data", json::array{}}},
         400,
         "validation_failed",
         "data must be an object."},
        {"data one too large",
         {{"data", {{"x", std::string(app::metadata_bytes_max, 'x')}}}},
         400,
         "validation_failed",
         "User metadata may hold at most 8192 bytes"},
        {"half a challenge",
         {{"email", moved}, {"code_challenge", std::string(43, 'c')}},
         400,
         "validation_failed",
         "PKCE flow requires code_challenge_method and code_challenge"},
        {"a nonce that is a number",
         {{"nonce", 123456}},
         400,
         "validation_failed",
         "nonce must be a string."},
    };
    expect_refusals(rows, [&](const json::object& body) { return put(opened, body); });
    EXPECT_EQ(user_of(opened).body, opened.at("user")) << "nothing was written";
    EXPECT_TRUE(m_mail.mails.empty());
    const std::string largest(app::metadata_bytes_max - std::string(R"({"x":""})").size(), 'x');
    EXPECT_EQ(put(opened, {{"data", {{"x", largest}}}}).status, 200U);
}

TEST_F(UserUpdate, OnlyTheSignedIn) {
    const struct {
        Who who;
        unsigned status;
        const char* error;
    } cases[] = {
        {Who::nobody, 401, "no_authorization"}, {Who::anon_key, 403, "bad_jwt"},
        {Who::service, 403, "bad_jwt"},         {Who::forger, 403, "bad_jwt"},
        {Who::ghost, 403, "user_not_found"},    {Who::ana, 403, "session_not_found"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.error);
        const Reply reply = send(c.who, "PUT", "/auth/v1/user", R"({"password":"correct horse"})");
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(error_of(reply), c.error);
    }
    EXPECT_EQ(sign_in(ana, password_of(ana)).status, 200U);
}

TEST_F(UserUpdate, ANewAddressNeedsBoth) {
    const json::object opened = session();
    const Reply asked =
        put(opened, {{"email", "Ana@New.Test"}}, "?redirect_to=https%3A%2F%2Fapp.test%2Fdone");
    ASSERT_EQ(asked.status, 200U) << json::serialize(asked.body);
    EXPECT_EQ(asked.text("email"), ana);
    EXPECT_EQ(asked.text("new_email"), moved);
    EXPECT_EQ(asked.text("email_change_sent_at"), "2026-11-23T10:00:00Z");
    ASSERT_EQ(m_mail.mails.size(), 2U);
    EXPECT_TRUE(mail_to(ana).text.contains(moved)) << "the old one learns of the new one";

    const Reply half = verify_code("email_change", moved);
    EXPECT_EQ(half.status, 200U);
    EXPECT_EQ(json::serialize(half.body),
              R"({"code":"200","msg":"Confirmation link accepted. Please proceed to confirm link )"
              R"(sent to the other email"})");
    EXPECT_EQ(user_of(opened).body.at("email").as_string(), ana);

    const std::string link = link_to(ana);
    EXPECT_TRUE(link.ends_with("&type=email_change&redirect_to=https%3A%2F%2Fapp.test%2Fdone"))
        << link;
    const std::string location = follow(link).header("Location");
    EXPECT_TRUE(location.starts_with("https://app.test/done#access_token=")) << location;
    EXPECT_TRUE(location.ends_with("&type=email_change")) << location;
    const Reply user = user_of(opened);
    EXPECT_EQ(user.text("email"), moved);
    EXPECT_FALSE(user.body.as_object().contains("new_email"));
    EXPECT_EQ(user.body.at("user_metadata").at("email").as_string(), moved);
    EXPECT_EQ(sign_in(moved, password_of(ana)).status, 200U);
    EXPECT_EQ(sign_in(ana, password_of(ana)).status, 400U);
}

TEST_F(UserUpdate, TheFirstLinkSaysThatOneIsMissing) {
    const json::object opened = session();
    ASSERT_EQ(put(opened, {{"email", moved}}).status, 200U);
    const std::string link = link_to(ana);
    EXPECT_EQ(follow(link).header("Location"),
              "https://app.test#message=Confirmation+link+accepted.+Please+proceed+to+confirm+"
              "link+sent+to+the+other+email&sb=");
    EXPECT_TRUE(follow(link).header("Location").contains("otp_expired")) << "it counts once";
    EXPECT_EQ(verify_code("email_change", moved).status, 200U);
    EXPECT_EQ(user_of(opened).text("email"), moved);
}

TEST_F(UserUpdate, WhereTheNewAddressIsEnough) {
    m_rules.accounts.secure_email_change = false;
    const json::object opened = session();
    ASSERT_EQ(put(opened, {{"email", moved}}).status, 200U);
    ASSERT_EQ(m_mail.mails.size(), 1U);
    const Reply done = verify_code("email_change", moved);
    EXPECT_TRUE(done.body.as_object().contains("access_token"));
    EXPECT_EQ(user_of(opened).text("email"), moved);
}

TEST_F(UserUpdate, AnAddressThatSomebodyTookMeanwhile) {
    m_rules.accounts.secure_email_change = false;
    const json::object opened = session();
    ASSERT_EQ(put(opened, {{"email", moved}}).status, 200U);
    const std::string code = code_to(moved);
    ASSERT_EQ(post("otp", {{"email", moved}}).status, 200U);
    expect_refused(post("verify", {{"type", "email_change"}, {"email", moved}, {"token", code}}),
                   422, "email_exists",
                   "A user with this email address has already been registered");
    EXPECT_EQ(user_of(opened).text("email"), ana);
}

TEST_F(UserUpdate, LettersOfAChangeAreFew) {
    const json::object opened = session();
    ASSERT_EQ(put(opened, {{"email", moved}}).status, 200U);
    const std::string old_link = link_to(ana);
    m_clock.advance(59s);
    expect_refused(put(opened, {{"email", "other@new.test"}}), 429, "over_email_send_rate_limit",
                   "For security purposes, you can only request this after 1 seconds.");
    expect_refused(post("resend", {{"type", "email_change"}, {"email", ana}}), 429,
                   "over_email_send_rate_limit",
                   "For security purposes, you can only request this after 1 seconds.");
    m_clock.advance(1s);
    EXPECT_EQ(post("resend", {{"type", "email_change"}, {"email", ana}}).status, 200U);
    EXPECT_EQ(m_mail.mails.size(), 4U);
    EXPECT_TRUE(follow(old_link).header("Location").contains("otp_expired"));
    EXPECT_EQ(verify_code("email_change", moved).status, 200U);
    EXPECT_EQ(verify_code("email_change", ana).status, 200U);
    EXPECT_EQ(user_of(opened).text("email"), moved);
}

TEST_F(UserUpdate, WithoutMailAnAddressStays) {
    const json::object opened = session();
    m_services->mail = nullptr;
    expect_refused(put(opened, {{"email", moved}}), 422, "email_provider_disabled",
                   "This server sends no mail: its operator has to set mail.sender");
    EXPECT_FALSE(user_of(opened).body.as_object().contains("new_email"));
    EXPECT_EQ(put(opened, {{"password", new_password}}).status, 200U);
}

TEST_F(UserUpdate, WhereTheOldPasswordIsAskedFor) {
    m_rules.accounts.require_current_password = true;
    const json::object opened = session();
    const std::string says = "Current password required when setting new password.";
    expect_refused(put(opened, {{"password", new_password}}), 400, "current_password_required",
                   says);
    expect_refused(put(opened, {{"password", new_password}, {"current_password", "a guess"}}), 400,
                   "current_password_invalid", says);
    EXPECT_EQ(put(opened, {{"data", {{"a", 1}}}}).status, 200U) << "for a password only";
    EXPECT_EQ(
        put(opened, {{"password", new_password}, {"current_password", password_of(ana)}}).status,
        200U);
    ASSERT_EQ(post("recover", {{"email", "ben@a.test"}}).status, 200U);
    const Reply recovered = verify_code("recovery", "ben@a.test");
    EXPECT_EQ(put(recovered.body.as_object(), {{"password", new_password}}).status, 200U)
        << "they have lost it";
    EXPECT_EQ(sign_in("ben@a.test", new_password).status, 200U);
}

TEST_F(UserUpdate, WhereOldSessionsHaveToReauthenticate) {
    m_rules.accounts.require_reauthentication = true;
    m_rules.session_lifetime = 48h;
    const json::object opened = session();
    m_clock.advance(24h);
    EXPECT_EQ(put(opened, {{"password", new_password}}).status, 200U) << "the last moment";
    m_clock.advance(1us);
    const json::object second{{"password", "another password"}};
    expect_refused(put(opened, second), 400, "reauthentication_needed",
                   "Password update requires reauthentication");
    ASSERT_EQ(with_token(text(opened, "access_token"), "GET", "/auth/v1/reauthenticate").status,
              200U);
    json::object with_nonce = second;
    with_nonce["nonce"] = code_to(ana) == "000000" ? "000001" : "000000";
    expect_refused(put(opened, with_nonce), 422, "reauthentication_not_valid",
                   "Nonce has expired or is invalid");
    with_nonce["nonce"] = code_to(ana);
    EXPECT_EQ(put(opened, with_nonce).status, 200U);
    EXPECT_EQ(sign_in(ana, "another password").status, 200U);
    with_nonce["password"] = "a third password";
    EXPECT_EQ(error_of(put(opened, with_nonce)), "reauthentication_not_valid") << "once only";
}

TEST_F(UserUpdate, NoncesAreGuessedSoOften) {
    m_rules.accounts.require_reauthentication = true;
    m_rules.session_lifetime = 48h;
    const json::object opened = session();
    m_clock.advance(25h);
    ASSERT_EQ(with_token(text(opened, "access_token"), "GET", "/auth/v1/reauthenticate").status,
              200U);
    json::object body{{"password", new_password}};
    body["nonce"] = code_to(ana) == "000000" ? "000001" : "000000";
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(error_of(put(opened, body)), "reauthentication_not_valid");
    }
    body["nonce"] = code_to(ana);
    EXPECT_EQ(error_of(put(opened, body)), "reauthentication_not_valid");
}

class UserUpdateLimited : public UserUpdate {
protected:
    UserUpdateLimited() : UserUpdate(RateLimits::Mode::on) {
        // Attempts come back with the database's time: none passes.
        m_rules.accounts.mail_interval = std::chrono::seconds(0);
    }
};

TEST_F(UserUpdateLimited, PasswordsAreGuessedSoOften) {
    m_rules.accounts.require_current_password = true;
    const json::object opened = session();
    const json::object guess{{"password", new_password}, {"current_password", "a guess"}};
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(error_of(put(opened, guess)), "current_password_invalid") << i;
    }
    const json::object right{{"password", new_password}, {"current_password", password_of(ana)}};
    const Reply reply = put(opened, right);
    expect_refused(reply, 429, "over_request_rate_limit", "Request rate limit reached");
    EXPECT_FALSE(reply.header("Retry-After").empty());
    EXPECT_EQ(put(opened, {{"data", {{"a", 1}}}}).status, 200U);
}

TEST_F(UserUpdateLimited, LettersOfChangesCostTheAddress) {
    const json::object opened = session();
    for (int i = 0; i < 30; ++i) {
        const std::string next = "ana" + std::to_string(i) + "@new.test";
        EXPECT_EQ(put(opened, {{"email", next}}).status, 200U) << i;
    }
    expect_refused(put(opened, {{"email", moved}}), 429, "over_request_rate_limit",
                   "Request rate limit reached");
    EXPECT_EQ(put(opened, {{"email", ana}}).status, 200U) << "no letter";
}

}  // namespace
}  // namespace muster::api
