// Requests to /auth/v1 by people about themselves.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>

#include "base/encoding.hpp"
#include "crypto/totp.hpp"
#include "twins/script.hpp"

namespace muster::twins {

namespace {

/// Of all PKCE flows, so that any code of one can be exchanged.
constexpr const char* verifier = "verifier-verifier-verifier-verifier-verifier";

std::vector<std::byte> parse_base32(std::string_view text) {
    std::vector<std::byte> bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && (c < '2' || c > '7')) continue;
        bits = bits << 5U | static_cast<std::uint32_t>(letter ? (c & 0x1f) - 1 : c - '2' + 26);
        count += 5;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<std::byte>(bits >> count));
    }
    return bytes;
}

}  // namespace

void Script::make_auth_request(Step& step) {
    static constexpr Choice choices[] = {
        {10, &Script::sign_up},    {16, &Script::sign_in},        {20, &Script::refresh},
        {4, &Script::exchange},    {10, &Script::use_user},       {8, &Script::change_user},
        {5, &Script::log_out},     {12, &Script::ask_for_letter}, {8, &Script::follow_link},
        {10, &Script::show_code},  {5, &Script::add_factor},      {6, &Script::challenge_factor},
        {6, &Script::show_factor}, {2, &Script::remove_factor},
    };
    make_one(choices, step);
}

void Script::sign_up(Step& step) {
    const std::string email = m_dice.chance(75) ? new_address() : address();
    json::object body{{"email", email}, {"password", password_for(email)}};
    if (m_dice.chance(40)) body["data"] = metadata();
    if (m_dice.chance(3)) body["phone"] = "+34600000000";
    if (m_dice.chance(20)) {
        body["code_challenge"] = verifier;
        body["code_challenge_method"] = "plain";
    }
    std::string target = "/auth/v1/signup";
    if (m_dice.chance(30)) target += "?redirect_to=" + base::encode_form(redirect());
    post(step, target, std::move(body));
    add_credentials(step, {});
}

void Script::sign_in(Step& step) {
    const std::string email = address();
    post(step, "/auth/v1/token?grant_type=" + word({"password", "password", "password", "magic"}),
         {{"email", email}, {"password", password_for(email)}});
    add_credentials(step, {});
}

/// Now and then one that was used already.
void Script::refresh(Step& step) {
    post(step, "/auth/v1/token?grant_type=refresh_token",
         {{"refresh_token", any("refresh_token", 96)}});
    add_credentials(step, {});
}

void Script::exchange(Step& step) {
    post(step, "/auth/v1/token?grant_type=pkce",
         {{"auth_code", any("code")}, {"code_verifier", m_dice.chance(90) ? verifier : "other"}});
    add_credentials(step, {});
}

void Script::use_user(Step& step) {
    get(step, m_dice.chance(90) ? "/auth/v1/user" : "/auth/v1/reauthenticate");
    const std::string bearer = m_memory.pick(m_dice, "access_token");
    add_credentials(step, bearer.empty() || m_dice.chance(25) ? someone() : bearer);
}

void Script::change_user(Step& step) {
    json::object body;
    if (m_dice.chance(40)) body["data"] = metadata();
    if (m_dice.chance(30)) body["email"] = m_dice.chance(70) ? new_address() : address();
    if (m_dice.chance(30)) body["password"] = password_for(address());
    if (m_dice.chance(10)) body["current_password"] = password_for(address());
    if (m_dice.chance(3)) body["app_metadata"] = metadata();
    const MailedToken* const mailed = m_memory.pick_mailed(m_dice);
    if (mailed && m_dice.chance(20)) body["nonce"] = mailed->code;
    post(step, "/auth/v1/user", std::move(body));
    step.method = "PUT";
    std::string bearer = m_memory.pick(m_dice, "access_token");
    add_credentials(step, bearer.empty() || m_dice.chance(15) ? someone() : bearer);
}

void Script::log_out(Step& step) {
    step.method = "POST";
    step.target = "/auth/v1/logout" +
                  word({"", "?scope=global", "?scope=local", "?scope=others", "?scope=all"});
    const std::string bearer = m_memory.pick(m_dice, "access_token");
    add_credentials(step, bearer.empty() || m_dice.chance(10) ? someone() : bearer);
}

void Script::ask_for_letter(Step& step) {
    const std::string path = word({"otp", "otp", "recover", "recover", "magiclink", "resend"});
    json::object body{{"email", address()}};
    if (path == "otp" && m_dice.chance(50)) body["create_user"] = m_dice.chance(50);
    if (path == "otp" && m_dice.chance(20)) body["data"] = metadata();
    if (path == "resend") body["type"] = word({"signup", "email_change", "sms", "dance"});
    if (path != "resend" && m_dice.chance(35)) {
        body["code_challenge"] = verifier;
        body["code_challenge_method"] = word({"plain", "plain", "s256", "odd"});
    }
    std::string target = "/auth/v1/" + path;
    if (m_dice.chance(30)) target += "?redirect_to=" + base::encode_form(redirect());
    post(step, target, std::move(body));
    add_credentials(step, {});
}

void Script::follow_link(Step& step) {
    const MailedToken* const mailed = m_memory.pick_mailed(m_dice);
    get(step, mailed && !mailed->link.empty()
                  ? mailed->link
                  : "/auth/v1/verify?token=unknown&type=" + word({"signup", "recovery", "x"}));
    if (m_dice.chance(10)) step.target += "&redirect_to=" + base::encode_form(redirect());
    add_credentials(step, {});
}

void Script::show_code(Step& step) {
    MailedToken shown{
        .type = word({"signup", "recovery", "email", "magiclink", "invite", "email_change", "sms"}),
        .address = address(),
        .code = "123456",
        .link = {},
        .hash = "unknown"};
    if (const MailedToken* const mailed = m_memory.pick_mailed(m_dice)) shown = *mailed;
    if (m_dice.chance(25)) shown.type = word({"email", "recovery", "signup", "email_change"});
    if (m_dice.chance(10)) shown.code = "000000";
    json::object body{{"type", shown.type}};
    if (m_dice.chance(35)) {
        body["token_hash"] = shown.hash;
    } else {
        body["email"] = m_dice.chance(90) ? shown.address : address();
        body["token"] = shown.code;
    }
    post(step, "/auth/v1/verify", std::move(body));
    add_credentials(step, {});
}

void Script::add_factor(Step& step) {
    json::object body{
        {"factor_type", m_dice.chance(92) ? "totp" : word({"phone", "webauthn", "x"})}};
    if (m_dice.chance(60)) body["friendly_name"] = name();
    if (m_dice.chance(20)) body["issuer"] = name();
    post(step, "/auth/v1/factors", std::move(body));
    const std::string bearer = m_memory.pick(m_dice, "access_token");
    add_credentials(step, bearer.empty() ? someone() : bearer);
}

void Script::challenge_factor(Step& step) {
    const Factor* const factor = m_memory.pick_factor(m_dice);
    post(step, "/auth/v1/factors/" + (factor ? factor->id : some_id("factor")) + "/challenge", {});
    add_credentials(step, factor && m_dice.chance(90) ? factor->bearer : someone());
}

void Script::show_factor(Step& step) {
    const Factor* const factor = m_memory.pick_factor(m_dice);
    if (!factor) return add_factor(step);
    const auto key = parse_base32(factor->secret);
    std::string code = "000000";
    if (m_dice.chance(85)) code = crypto::totp_code(key, crypto::totp_step(step.at));
    const std::string challenge = factor->challenge.empty() || m_dice.chance(5)
                                      ? std::string("00000000-0000-4000-8000-0000000000cc")
                                      : factor->challenge;
    post(step, "/auth/v1/factors/" + factor->id + "/verify",
         {{"challenge_id", challenge}, {"code", code}});
    add_credentials(step, m_dice.chance(92) ? factor->bearer : someone());
}

void Script::remove_factor(Step& step) {
    const Factor* const factor = m_memory.pick_factor(m_dice);
    step.method = "DELETE";
    step.target = "/auth/v1/factors/" + (factor ? factor->id : some_id("factor"));
    add_credentials(step, factor && m_dice.chance(70) ? factor->bearer : someone());
}

}  // namespace muster::twins
