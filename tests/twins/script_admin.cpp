// Requests to /auth/v1 about other people, with the service key mostly, and about the server.
// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.hpp"
#include "twins/script.hpp"

namespace muster::twins {

void Script::make_admin_request(Step& step) {
    static constexpr Choice choices[] = {
        {14, &Script::list_users},    {14, &Script::one_user},      {16, &Script::create_user},
        {18, &Script::alter_user},    {5, &Script::delete_user},    {10, &Script::invite},
        {12, &Script::generate_link}, {6, &Script::use_factors_of}, {3, &Script::ask_about_server},
    };
    make_one(choices, step);
}

json::object Script::admin_fields() {
    json::object body;
    if (m_dice.chance(30)) body["user_metadata"] = metadata();
    if (m_dice.chance(30)) body["app_metadata"] = metadata();
    if (m_dice.chance(40)) body["email_confirm"] = m_dice.chance(80);
    if (m_dice.chance(20))
        body["ban_duration"] = word({"none", "1h", "30m", "24h0m", "soon", "-1h"});
    if (m_dice.chance(10)) body["role"] = word({"authenticated", "service_role", ""});
    if (m_dice.chance(5)) body["phone"] = "+34600000000";
    return body;
}

void Script::list_users(Step& step) {
    get(step, "/auth/v1/admin/users" +
                  word({"", "?page=1&per_page=3", "?page=2&per_page=5", "?per_page=0", "?page=x",
                        "?page=99&per_page=50", "?filter=new"}));
    add_credentials(step, admin());
}

void Script::one_user(Step& step) {
    get(step, "/auth/v1/admin/users/" + some_id("user"));
    add_credentials(step, admin());
}

void Script::create_user(Step& step) {
    const std::string email = m_dice.chance(80) ? new_address() : address();
    json::object body = admin_fields();
    body["email"] = email;
    if (m_dice.chance(75)) body["password"] = password_for(email);
    if (m_dice.chance(8)) body["id"] = some_id("user");
    post(step, "/auth/v1/admin/users", std::move(body));
    add_credentials(step, admin());
}

void Script::alter_user(Step& step) {
    json::object body = admin_fields();
    if (m_dice.chance(25)) body["email"] = m_dice.chance(80) ? new_address() : address();
    if (m_dice.chance(25)) body["password"] = password_for(address());
    post(step, "/auth/v1/admin/users/" + some_id("user"), std::move(body));
    step.method = "PUT";
    add_credentials(step, admin());
}

void Script::delete_user(Step& step) {
    step.method = "DELETE";
    step.target = "/auth/v1/admin/users/" + some_id("user");
    if (m_dice.chance(20)) step.body = R"({"should_soft_delete":true})";
    add_credentials(step, admin());
}

void Script::invite(Step& step) {
    json::object body{{"email", m_dice.chance(75) ? new_address() : address()}};
    if (m_dice.chance(40)) body["data"] = metadata();
    if (m_dice.chance(40)) body["role"] = word({"user", "support", "org_admin", "global_admin"});
    if (m_dice.chance(40)) body["organization_id"] = some_id("organization");
    post(step, "/auth/v1/invite", std::move(body));
    add_credentials(step, admin());
}

void Script::generate_link(Step& step) {
    const std::string type = word({"signup", "invite", "magiclink", "recovery",
                                   "email_change_current", "email_change_new", "dance"});
    json::object body{{"type", type}, {"email", address()}};
    if (type == "signup" || m_dice.chance(10)) {
        body["password"] = password_for(std::string(body["email"].as_string()));
    }
    if (type.starts_with("email_change")) body["new_email"] = new_address();
    if (m_dice.chance(20)) body["data"] = metadata();
    if (m_dice.chance(30)) body["redirect_to"] = redirect();
    post(step, "/auth/v1/admin/generate_link", std::move(body));
    add_credentials(step, admin());
}

void Script::use_factors_of(Step& step) {
    get(step, "/auth/v1/admin/users/" + some_id("user") + "/factors");
    if (m_dice.chance(20)) {
        step.method = "DELETE";
        step.target += "/" + some_id("factor");
    }
    add_credentials(step, admin());
}

void Script::ask_about_server(Step& step) {
    get(step, word({"/auth/v1/settings", "/auth/v1/health", "/auth/v1/.well-known/jwks.json",
                    "/auth/v1/authorize?provider=github", "/auth/v1/callback?code=1", "/readyz",
                    "/healthz", "/rest/v1/", "/enroll?token=x", "/"}));
    if (step.target.contains("callback") && m_dice.chance(50)) step.method = "POST";
    add_credentials(step, someone());
}

}  // namespace muster::twins
