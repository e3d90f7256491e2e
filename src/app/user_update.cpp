// Users change their own account.
// SPDX-License-Identifier: Apache-2.0
#include "app/user_update.hpp"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "app/history.hpp"
#include "app/metadata.hpp"

namespace muster::app {

namespace {

namespace json = boost::json;
using core::Code;
using store::TokenKind;

constexpr std::array<std::string_view, 3> recovery_methods{"otp", "magiclink", "recovery"};

bool is_recovery_method(const json::value& entry) {
    if (!entry.is_object()) return false;
    const json::value* const method = entry.get_object().if_contains("method");
    return method && method->is_string() &&
           std::ranges::find(recovery_methods, std::string_view(method->get_string())) !=
               recovery_methods.end();
}

void set_password(store::Transaction& transaction, const Context& context, store::User& user,
                  const std::string& hash) {
    user.encrypted_password = hash;
    store::delete_sessions(transaction, user.id, context.caller.session_id,
                           store::SessionScope::others);
    record_audit(transaction, context, std::nullopt, "user_password_changed",
                 {{"user_id", user.id}});
}

}  // namespace

core::Result<SignedIn> prepare_update(store::Transaction& transaction, const Context& context,
                                      const std::string& new_email, NewPassword password) {
    auto found = get_signed_in(transaction, context);
    if (!found) return found;
    const bool moves = !new_email.empty() && new_email != found->user.email;
    const bool sensitive = moves || password == NewPassword::yes;
    const bool has_factor = std::ranges::any_of(found->user.factors, &store::Factor::is_verified);
    if (sensitive && has_factor && found->session.aal != "aal2") {
        return core::fail(Code::aal2_needed_to_update);
    }
    if (!moves) return found;
    const auto other = store::find_user_by_email(transaction, new_email);
    if (other && other->id != found->user.id) return core::fail(Code::email_exists);
    return found;
}

bool needs_nonce(const Context& context, const store::Session& session) {
    return context.rules.accounts.require_reauthentication &&
           context.now > session.created_at + reauthentication_age;
}

bool is_recovery(const store::Session& session) {
    boost::system::error_code broken;
    const json::value amr = json::parse(session.amr, broken);
    return !broken && amr.is_array() && std::ranges::any_of(amr.get_array(), is_recovery_method);
}

core::Result<bool> spend_nonce(store::Transaction& transaction, const Context& context,
                               std::string_view nonce) {
    const auto found = get_signed_in(transaction, context);
    if (!found) return std::unexpected(found.error());
    constexpr std::array kinds{TokenKind::reauthentication};
    const auto token = find_by_code(transaction, context, found->user.email, nonce, kinds);
    if (!token || token->user_id != found->user.id) return false;
    store::delete_one_time_token(transaction, found->user.id, TokenKind::reauthentication);
    return true;
}

core::Result<UpdatedUser> update_user(store::Transaction& transaction, const Context& context,
                                      const UserUpdate& update) {
    auto found = prepare_update(transaction, context, update.email,
                                update.password_hash ? NewPassword::yes : NewPassword::no);
    if (!found) return std::unexpected(found.error());
    UpdatedUser updated{std::move(found->user), {}};
    store::User& user = updated.user;
    user.updated_at = context.now;
    if (update.password_hash) set_password(transaction, context, user, *update.password_hash);
    if (update.data) {
        auto metadata = merged_metadata(user.user_metadata, *update.data);
        if (!metadata) return std::unexpected(metadata.error());
        user.user_metadata = std::move(*metadata);
    }
    const bool moves = !update.email.empty() && update.email != user.email;
    if (!moves) {
        store::save_user(transaction, user);
        return updated;
    }
    user.email_change = update.email;
    auto letters = write_email_change(transaction, context, user, update.challenge);
    if (!letters) return std::unexpected(letters.error());
    updated.letters = std::move(*letters);
    return updated;
}

core::Result<Letter> request_reauthentication(store::Transaction& transaction,
                                              const Context& context) {
    auto found = get_signed_in(transaction, context);
    if (!found) return std::unexpected(found.error());
    if (!found->user.email_confirmed_at) {
        return core::fail(Code::validation_failed, "email", "Please verify your email first.");
    }
    return write_letter(transaction, context, found->user, LetterKind::reauthentication, {});
}

}  // namespace muster::app
