// Links without letters.
// SPDX-License-Identifier: Apache-2.0
#include "app/action_links.hpp"

#include "app/admin_users.hpp"
#include "app/history.hpp"
#include "app/invitations.hpp"
#include "app/metadata.hpp"

namespace muster::app {

namespace {

using core::Code;
using store::TokenKind;

core::Result<ActionLink> link_to_invite(store::Transaction& transaction, const Context& context,
                                        const NewUser& input) {
    auto invited = invite_user(transaction, context, {input.email, input.data});
    if (!invited) return std::unexpected(invited.error());
    return ActionLink{std::move(invited->user), std::move(invited->letter), ActionLinkType::invite};
}

/// `user`: one who has not confirmed yet, or empty.
core::Result<ActionLink> link_to_sign_up(store::Transaction& transaction, const Context& context,
                                         const NewUser& input, std::optional<store::User> user) {
    if (user && user->email_confirmed_at) return core::fail(Code::email_exists);
    if (user) {
        auto metadata = merged_metadata(user->user_metadata, input.data);
        if (!metadata) return std::unexpected(metadata.error());
        user->user_metadata = std::move(*metadata);
    } else {
        auto added = add_user(transaction, context, input);
        if (!added) return std::unexpected(added.error());
        user = std::move(*added);
    }
    Letter letter = issue_letter(transaction, context, *user, LetterKind::confirmation, {});
    return ActionLink{std::move(*user), std::move(letter), ActionLinkType::sign_up};
}

ActionLink link_to_sign_in(store::Transaction& transaction, const Context& context,
                           store::User user, ActionLinkType type) {
    const bool recovers = type == ActionLinkType::recovery;
    Letter letter = issue_letter(transaction, context, user,
                                 recovers ? LetterKind::recovery : LetterKind::magic_link, {});
    record_audit(transaction, context, std::nullopt, "user_recovery_requested",
                 {{"user_id", user.id}});
    return {std::move(user), std::move(letter), type};
}

core::Result<ActionLink> link_to_change(store::Transaction& transaction, const Context& context,
                                        store::User user, const ActionLinkRequest& request) {
    const bool is_current = request.type == ActionLinkType::email_change_current;
    if (is_current && !context.rules.accounts.secure_email_change) {
        return core::fail(Code::validation_failed, "type",
                          "Enable secure email change to generate link for current email");
    }
    if (store::find_user_by_email(transaction, request.new_email)) {
        return core::fail(Code::email_exists);
    }
    if (user.email_change != request.new_email) {
        store::delete_one_time_token(transaction, user.id, TokenKind::email_change_current);
        store::delete_one_time_token(transaction, user.id, TokenKind::email_change_new);
    }
    user.email_change = request.new_email;
    user.email_change_sent_at = context.now;
    user.email_change_half_confirmed = false;
    store::save_user(transaction, user);
    const TokenKind kind =
        is_current ? TokenKind::email_change_current : TokenKind::email_change_new;
    const std::string& address = is_current ? user.email : user.email_change;
    Letter letter{LetterKind::email_change, address, user.email_change,
                  issue_one_time_token(transaction, context, user.id, kind, address, {})};
    return ActionLink{std::move(user), std::move(letter), request.type};
}

}  // namespace

core::Result<ActionLink> make_action_link(store::Transaction& transaction, const Context& context,
                                          const ActionLinkRequest& request) {
    if (auto allowed = check_service(context); !allowed) return std::unexpected(allowed.error());
    using enum ActionLinkType;
    if (request.type == invite) return link_to_invite(transaction, context, request.user);
    auto user = store::find_user_by_email(transaction, request.user.email);
    if (request.type == sign_up) {
        if (!user && request.user.password_hash.empty()) {
            return core::fail(Code::validation_failed, "password",
                              "Signup requires a valid password");
        }
        return link_to_sign_up(transaction, context, request.user, std::move(user));
    }
    if (!user && request.type == magic_link) {
        NewUser stranger = request.user;
        stranger.password_hash.clear();
        return link_to_sign_up(transaction, context, stranger, std::nullopt);
    }
    if (!user) return core::fail(Code::user_email_not_found);
    if (request.type == magic_link || request.type == recovery) {
        return link_to_sign_in(transaction, context, std::move(*user), request.type);
    }
    return link_to_change(transaction, context, std::move(*user), request);
}

}  // namespace muster::app
