// A new password is checked against the old one between two transactions, on the pool.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/user.hpp"

#include "api/auth/auth_fields.hpp"
#include "api/auth/letters.hpp"
#include "api/auth/session_json.hpp"
#include "api/fields.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "app/user_update.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;
using Password = base::Secret<std::string>;

struct UpdateInput {
    app::UserUpdate update;
    std::optional<Password> password = {};
    Password current_password = {};
    std::string nonce = {};
};

core::Result<std::optional<Password>> read_new_password(const json::object& body,
                                                        const app::Rules& rules) {
    auto text = read_text(body, "password", {0, password_limits.max});
    if (!text) return std::unexpected(text.error());
    if (!*text) return std::optional<Password>();
    if (auto strong = check_password_strength(**text, rules.password_length_min); !strong) {
        return std::unexpected(strong.error());
    }
    return std::optional(Password(std::move(**text)));
}

bool is_given(const json::object& body, std::string_view name) {
    const json::value* const value = body.if_contains(name);
    return value && !value->is_null();
}

core::Result<UpdateInput> read_update(const json::object& body, const app::Rules& rules) {
    UpdateInput input;
    const auto email = read_auth_text(body, "email");
    if (!email) return std::unexpected(email.error());
    if (!email->empty()) {
        auto address = check_auth_address(*email);
        if (!address) return std::unexpected(address.error());
        input.update.email = std::move(*address);
    }
    const auto phone = read_auth_text(body, "phone");
    if (!phone) return std::unexpected(phone.error());
    if (!phone->empty()) {
        return core::fail(Code::phone_provider_disabled, {}, "Unsupported phone provider");
    }
    auto password = read_new_password(body, rules);
    if (!password) return std::unexpected(password.error());
    input.password = std::move(*password);
    auto current = read_text(body, "current_password", {0, password_limits.max});
    if (!current) return std::unexpected(current.error());
    input.current_password = Password(std::move(*current).value_or(""));
    auto nonce = read_auth_text(body, "nonce");
    if (!nonce) return std::unexpected(nonce.error());
    input.nonce = std::move(*nonce);
    auto challenge = read_challenge(body);
    if (!challenge) return std::unexpected(challenge.error());
    input.update.challenge = std::move(*challenge);
    auto data = read_auth_data(body);
    if (!data) return std::unexpected(data.error());
    if (is_given(body, "data")) input.update.data = std::move(*data);
    if (is_given(body, "app_metadata")) return core::fail(Code::not_admin);
    return input;
}

asio::awaitable<core::Result<void>> check_nonce(Call& call, const std::string& nonce) {
    if (nonce.empty()) co_return core::fail(Code::reauthentication_needed);
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::spend_nonce(transaction, context, nonce);
    };
    const auto good = co_await call.services.store.write(work);
    if (!good) co_return std::unexpected(good.error());
    if (!*good) co_return core::fail(Code::reauthentication_not_valid);
    co_return core::Result<void>{};
}

asio::awaitable<core::Result<void>> compare_passwords(Call& call, const UpdateInput& input,
                                                      const app::SignedIn& who) {
    const std::string hash = who.user.encrypted_password;
    if (hash.empty()) co_return core::Result<void>{};
    if (call.services.rules.accounts.require_current_password && !app::is_recovery(who.session)) {
        if (input.current_password.reveal().empty()) {
            co_return core::fail(Code::current_password_required);
        }
        const auto right = co_await call.services.passwords.verify(input.current_password, hash);
        if (!right) co_return std::unexpected(right.error());
        if (!*right) co_return core::fail(Code::current_password_invalid);
    }
    const auto same = co_await call.services.passwords.verify(*input.password, hash);
    if (!same) co_return std::unexpected(same.error());
    if (*same) co_return core::fail(Code::same_password);
    co_return core::Result<void>{};
}

/// The new password's hash. Every answer says something about the old password, so a refusal costs
/// an attempt at the account, as a failed sign-in does.
asio::awaitable<core::Result<std::string>> take_password(Call& call, const UpdateInput& input,
                                                         const app::SignedIn& who) {
    Attempts& attempts = call.services.attempts;
    const auto allowed = co_await attempts.take(Limit::password_account, who.user.email);
    if (!allowed) co_return std::unexpected(allowed.error());
    const bool old_session = app::needs_nonce(call.context(), who.session);
    core::Result<void> checked;
    if (old_session) checked = co_await check_nonce(call, input.nonce);
    if (checked) checked = co_await compare_passwords(call, input, who);
    if (!checked) co_return std::unexpected(checked.error());
    co_await attempts.give_back(Limit::password_account, who.user.email);
    co_return co_await call.services.passwords.hash(*input.password);
}

}  // namespace

asio::awaitable<Answer> handle_update_user(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    auto input = read_update(*body, call.services.rules);
    if (!input) co_return std::unexpected(input.error());
    const app::Context context = call.context();
    const auto password = input->password ? app::NewPassword::yes : app::NewPassword::no;
    auto prepare = [&](store::Transaction& transaction) {
        return app::prepare_update(transaction, context, input->update.email, password);
    };
    const auto who = co_await call.services.store.read(prepare);
    if (!who) co_return std::unexpected(who.error());
    const std::string& email = input->update.email;
    if (!email.empty() && email != who->user.email) {
        const auto admitted = co_await admit_letters(call);
        if (!admitted) co_return std::unexpected(admitted.error());
    }
    if (input->password) {
        auto hash = co_await take_password(call, *input, *who);
        if (!hash) co_return std::unexpected(hash.error());
        input->update.password_hash = std::move(*hash);
    }
    auto work = [&](store::Transaction& transaction) {
        return app::update_user(transaction, context, input->update);
    };
    const auto updated = co_await call.services.store.write(work);
    if (!updated) co_return std::unexpected(updated.error());
    if (auto sent = send_letters(call, updated->letters); !sent) {
        co_return std::unexpected(sent.error());
    }
    co_return json_response(user_json(updated->user));
}

}  // namespace muster::api
