// What a sign-in page may offer.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/settings.hpp"

#include "api/auth/providers.hpp"
#include "api/json_response.hpp"

namespace muster::api {

namespace json = boost::json;

boost::asio::awaitable<Answer> handle_auth_settings(Call& call) {
    const app::AccountRules& rules = call.services.rules.accounts;
    json::object external{{"anonymous_users", false}};
    for (const std::string_view name : provider_names()) external[name] = false;
    external["email"] = rules.email_logins;
    external["phone"] = false;
    const json::object body{{"external", std::move(external)},
                            {"disable_signup", !rules.sign_up},
                            {"mailer_autoconfirm", rules.autoconfirm},
                            {"phone_autoconfirm", false},
                            {"sms_provider", ""},
                            {"saml_enabled", false},
                            {"saml_private_key_next_configured", false},
                            {"passkeys_enabled", false}};
    co_return json_response(body);
}

}  // namespace muster::api
