// What requests for letters must look like, and what is said where they do not.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/auth_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;

const std::string ana = "ana@a.test";

class LettersForm : public Auth {
protected:
    LettersForm() { use_mail(); }
};

TEST_F(LettersForm, OtpRefusals) {
    const std::string invalid = "Unable to validate email address: invalid format";
    const Refused rows[] = {
        {"otp for nobody", {}, 400, "validation_failed", "One of email or phone must be set"},
        {"otp, empty address",
         {{"email", ""}},
         400,
         "validation_failed",
         "One of email or phone must be set"},
        {"otp by telephone",
         {{"phone", "15550100"}},
         400,
         "phone_provider_disabled",
         "Unsupported phone provider"},
        {"otp both",
         {{"email", ana}, {"phone", "15550100"}},
         400,
         "validation_failed",
         "Only an email address or phone number should be provided"},
        {"otp with a channel",
         {{"email", ana}, {"channel", "sms"}},
         400,
         "validation_failed",
         "Channel should only be specified with Phone OTP"},
        {"otp, no address", {{"email", "ana"}}, 400, "validation_failed", invalid},
        {"otp, create_user is a text",
         {{"email", ana}, {"create_user", "yes"}},
         400,
         "validation_failed",
         "create_user must be true or false."},
        {"otp, no strangers",
         {{"email", "new@a.test"}, {"create_user", false}},
         422,
         "otp_disabled",
         "Signups not allowed for otp"},
        {"otp, data is a list",
         {{"email", ana}, {"data", json::array{}}},
         400,
         "validation_failed",
         "data must be an object."},
        {"otp, half a challenge",
         {{"email", ana}, {"code_challenge_method", "s256"}},
         400,
         "validation_failed",
         "PKCE flow requires code_challenge_method and code_challenge"},
    };
    expect_refusals("otp", rows);
    EXPECT_TRUE(m_mail.mails.empty());
}

TEST_F(LettersForm, MagicLinkRefusals) {
    const std::string no_email = "Password recovery requires an email";
    const std::string invalid = "Unable to validate email address: invalid format";
    const Refused rows[] = {
        {"magic link for nobody", {}, 400, "validation_failed", no_email},
        {"magic link, no address", {{"email", "ana@"}}, 400, "validation_failed", invalid},
    };
    expect_refusals("magiclink", rows);
    EXPECT_TRUE(m_mail.mails.empty());
}

TEST_F(LettersForm, RecoveryRefusals) {
    const std::string no_email = "Password recovery requires an email";
    const std::string invalid = "Unable to validate email address: invalid format";
    const Refused rows[] = {
        {"recovery of nobody", {}, 400, "validation_failed", no_email},
        {"recovery, no address", {{"email", "@a.test"}}, 400, "validation_failed", invalid},
        {"recovery, a number", {{"email", 7}}, 400, "validation_failed", "email must be a string."},
    };
    expect_refusals("recover", rows);
    EXPECT_TRUE(m_mail.mails.empty());
}

TEST_F(LettersForm, ResendRefusals) {
    const std::string invalid = "Unable to validate email address: invalid format";
    const std::string kinds = "Missing one of these types: signup, email_change, sms, phone_change";
    const Refused rows[] = {
        {"resend nothing", {{"email", ana}}, 400, "validation_failed", kinds},
        {"resend something else",
         {{"email", ana}, {"type", "recovery"}},
         400,
         "validation_failed",
         kinds},
        {"resend to nobody",
         {{"type", "signup"}},
         400,
         "validation_failed",
         "Type provided requires an email address"},
        {"resend a change to nobody",
         {{"type", "email_change"}},
         400,
         "validation_failed",
         "Missing email address or phone number"},
        {"resend a text to an address",
         {{"email", ana}, {"type", "sms"}},
         400,
         "validation_failed",
         "Type provided requires a phone number"},
        {"resend a text",
         {{"phone", "15550100"}, {"type", "sms"}},
         400,
         "phone_provider_disabled",
         "Phone logins are disabled"},
        {"resend both",
         {{"email", ana}, {"phone", "15550100"}, {"type", "phone_change"}},
         400,
         "validation_failed",
         "Only an email address or phone number should be provided."},
        {"resend, no address",
         {{"email", "ana"}, {"type", "signup"}},
         400,
         "validation_failed",
         invalid},
    };
    expect_refusals("resend", rows);
    EXPECT_TRUE(m_mail.mails.empty());
}

TEST_F(LettersForm, NoBodyIsNoJson) {
    for (const char* const path : {"otp", "magiclink", "recover", "resend"}) {
        SCOPED_TRACE(path);
        const Reply reply = send(Who::nobody, "POST", "/auth/v1/" + std::string(path), "{");
        EXPECT_EQ(reply.status, 400U);
        EXPECT_EQ(error_of(reply), "bad_json");
    }
}

}  // namespace
}  // namespace muster::api
