// Sign-up: a session at once, or a user who has to confirm the address first.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/sign_up.hpp"

#include "api/auth/attempts.hpp"
#include "api/auth/auth_fields.hpp"
#include "api/auth/letters.hpp"
#include "api/auth/session_json.hpp"
#include "api/fields.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "app/sign_up.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

struct SignUpInput {
    app::NewUser user;
    base::Secret<std::string> password;
    std::optional<store::CodeChallenge> challenge;
};

/// Who signs up: exactly one of address and telephone, and those are off.
core::Result<std::string> read_identity(const json::object& body, const app::AccountRules& rules) {
    auto email = read_auth_text(body, "email");
    if (!email) return email;
    auto phone = read_auth_text(body, "phone");
    if (!phone) return phone;
    if (email->empty() && phone->empty()) return core::fail(Code::anonymous_provider_disabled);
    if (!rules.sign_up) return core::fail(Code::signup_disabled);
    if (!email->empty() && !phone->empty()) {
        return refuse_input("Only an email address or phone number should be provided on signup.");
    }
    if (!phone->empty()) {
        return core::fail(Code::phone_provider_disabled, {}, "Phone signups are disabled");
    }
    if (!rules.email_logins) return core::fail(Code::email_signups_disabled);
    return email;
}

core::Result<SignUpInput> read_sign_up(const json::object& body, const app::Rules& rules) {
    const auto email = read_identity(body, rules.accounts);
    if (!email) return std::unexpected(email.error());
    auto password = read_text(body, "password", {0, password_limits.max});
    if (!password) return std::unexpected(password.error());
    if (password->value_or("").empty()) return refuse_input("Signup requires a valid password");
    if (auto strong = check_password_strength(**password, rules.password_length_min); !strong) {
        return std::unexpected(strong.error());
    }
    auto challenge = read_challenge(body);
    if (!challenge) return std::unexpected(challenge.error());
    auto address = check_auth_address(*email);
    if (!address) return std::unexpected(address.error());
    auto data = read_auth_data(body);
    if (!data) return std::unexpected(data.error());
    SignUpInput input;
    input.user.email = std::move(*address);
    input.user.data = std::move(*data);
    input.password = base::Secret(std::move(**password));
    input.challenge = std::move(*challenge);
    return input;
}

json::object answer_of(const app::SignedUp& done, const Services& services, core::Timestamp now) {
    if (done.session) return session_json(*done.session, services, now);
    return done.is_made_up ? made_up_user_json(done.user) : user_json(done.user);
}

}  // namespace

asio::awaitable<Answer> handle_sign_up(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const app::Rules& rules = call.services.rules;
    auto input = read_sign_up(*body, rules);
    if (!input) co_return std::unexpected(input.error());
    if (!rules.accounts.autoconfirm) {
        if (auto ready = check_mail(call.services); !ready)
            co_return std::unexpected(ready.error());
    }
    const auto allowed = co_await take_attempt(call, Limit::sign_up_address);
    if (!allowed) co_return std::unexpected(allowed.error());
    auto hash = co_await call.services.passwords.hash(input->password);
    if (!hash) co_return std::unexpected(hash.error());
    input->user.password_hash = std::move(*hash);
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::sign_up(transaction, context, input->user, input->challenge);
    };
    const auto done = co_await call.services.store.write(work);
    if (!done) co_return std::unexpected(done.error());
    if (done->letter) {
        const auto sent = send_letters(call, std::span(&*done->letter, 1));
        if (!sent) co_return std::unexpected(sent.error());
    }
    co_return json_response(answer_of(*done, call.services, context.now));
}

}  // namespace muster::api
