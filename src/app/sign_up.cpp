// Strangers become users.
// SPDX-License-Identifier: Apache-2.0
#include "app/sign_up.hpp"

#include "app/history.hpp"
#include "app/metadata.hpp"
#include "base/encoding.hpp"

namespace muster::app {

namespace {

namespace json = boost::json;
using core::Code;

constexpr std::size_t full_name_length_max = 200;

store::User made_up_user(const Context& context, const NewUser& input) {
    store::User user;
    user.id = new_id(context);
    user.email = input.email;
    user.user_metadata = merged_metadata("{}", input.data).value_or("{}");
    user.created_at = context.now;
    user.updated_at = context.now;
    user.confirmation_sent_at = context.now;
    return user;
}

/// A new user, or one who has not confirmed yet.
core::Result<SignedUp> sign_up_unconfirmed(store::Transaction& transaction, const Context& context,
                                           store::User user,
                                           const std::optional<store::CodeChallenge>& challenge) {
    auto letter = write_letter(transaction, context, user, LetterKind::confirmation, challenge);
    if (!letter) return std::unexpected(letter.error());
    SignedUp done;
    done.user = std::move(user);
    done.letter = std::move(*letter);
    return done;
}

}  // namespace

std::string full_name_of(const NewUser& input) {
    for (const char* const name : {"full_name", "name"}) {
        const json::value* const value = input.data.if_contains(name);
        if (!value || !value->is_string()) continue;
        std::string text(value->get_string());
        if (text.empty() || !base::is_valid_utf8(text) || base::has_control_characters(text)) {
            continue;
        }
        if (base::code_point_count(text) <= full_name_length_max) return text;
    }
    return input.email;
}

core::Result<std::string> metadata_of(const NewUser& input, const std::string& user_id) {
    json::object data = input.data;
    data["email"] = input.email;
    data["email_verified"] = false;
    data["phone_verified"] = false;
    data["sub"] = user_id;
    return merged_metadata("{}", data);
}

core::Result<store::User> add_user(store::Transaction& transaction, const Context& context,
                                   const NewUser& input, std::string_view event) {
    store::User user;
    user.id = input.id.empty() ? new_id(context) : input.id;
    user.email = input.email;
    user.encrypted_password = input.password_hash;
    user.created_at = context.now;
    user.updated_at = context.now;
    auto metadata = metadata_of(input, user.id);
    if (!metadata) return std::unexpected(metadata.error());
    user.user_metadata = std::move(*metadata);
    store::insert_user(transaction, user);
    const core::Profile profile{user.id, std::nullopt, full_name_of(input), core::Role::user};
    store::insert_profile(transaction, profile, context.now);
    record_audit(transaction, context, std::nullopt, std::string(event), {{"user_id", user.id}});
    return user;
}

void confirm_user(store::Transaction& transaction, const Context& context, store::User& user) {
    auto metadata = merged_metadata(user.user_metadata, {{"email_verified", true}});
    if (metadata) user.user_metadata = std::move(*metadata);
    user.email_confirmed_at = context.now;
    user.updated_at = context.now;
    store::save_user(transaction, user);
    store::delete_one_time_tokens(transaction, user.id);
}

core::Result<SignedUp> sign_up(store::Transaction& transaction, const Context& context,
                               const NewUser& input,
                               const std::optional<store::CodeChallenge>& challenge) {
    const AccountRules& rules = context.rules.accounts;
    if (!rules.sign_up) return core::fail(Code::signup_disabled);
    auto user = store::find_user_by_email(transaction, input.email);
    // Whether there is one must not show in what is refused.
    const auto acceptable = metadata_of(input, user ? user->id : new_id(context));
    if (!acceptable) return std::unexpected(acceptable.error());
    // Somebody else's unconfirmed account, too: an invitation may have given it rights already.
    if (user && rules.autoconfirm) return core::fail(Code::user_already_exists);
    if (user && user->email_confirmed_at) return SignedUp{made_up_user(context, input), true};
    if (user) {
        return sign_up_unconfirmed(transaction, context, std::move(*user), challenge);
    }
    auto added = add_user(transaction, context, input);
    if (!added) return std::unexpected(added.error());
    if (!rules.autoconfirm) {
        return sign_up_unconfirmed(transaction, context, std::move(*added), challenge);
    }
    confirm_user(transaction, context, *added);
    SignedUp done;
    done.session = open_session(transaction, context, std::move(*added), "password");
    done.user = done.session->user;
    return done;
}

core::Result<Letter> request_magic_link(store::Transaction& transaction, const Context& context,
                                        const NewUser& input, Strangers strangers,
                                        const std::optional<store::CodeChallenge>& challenge) {
    const AccountRules& rules = context.rules.accounts;
    auto user = store::find_user_by_email(transaction, input.email);
    if (!user) {
        if (strangers == Strangers::refuse) return core::fail(Code::otp_disabled);
        if (!rules.sign_up) return core::fail(Code::signup_disabled);
        auto added = add_user(transaction, context, input);
        if (!added) return std::unexpected(added.error());
        user = std::move(*added);
        if (rules.autoconfirm) confirm_user(transaction, context, *user);
    }
    const LetterKind kind =
        user->email_confirmed_at ? LetterKind::magic_link : LetterKind::confirmation;
    return write_letter(transaction, context, *user, kind, challenge);
}

core::Result<std::optional<Letter>> request_recovery(
    store::Transaction& transaction, const Context& context, std::string_view email,
    const std::optional<store::CodeChallenge>& challenge) {
    auto user = store::find_user_by_email(transaction, email);
    if (!user) return std::optional<Letter>();
    auto letter = write_letter(transaction, context, *user, LetterKind::recovery, challenge);
    if (!letter) return std::unexpected(letter.error());
    record_audit(transaction, context, std::nullopt, "user_recovery_requested",
                 {{"user_id", user->id}});
    return std::optional(std::move(*letter));
}

core::Result<std::optional<Letter>> resend_confirmation(store::Transaction& transaction,
                                                        const Context& context,
                                                        std::string_view email) {
    auto user = store::find_user_by_email(transaction, email);
    if (!user || user->email_confirmed_at) return std::optional<Letter>();
    auto letter = write_letter(transaction, context, *user, LetterKind::confirmation, {});
    if (!letter) return std::unexpected(letter.error());
    return std::optional(std::move(*letter));
}

core::Result<std::vector<Letter>> resend_email_change(store::Transaction& transaction,
                                                      const Context& context,
                                                      std::string_view email) {
    auto user = store::find_user_by_email(transaction, email);
    if (!user || user->email_change.empty()) return std::vector<Letter>{};
    return write_email_change(transaction, context, *user, {});
}

}  // namespace muster::app
