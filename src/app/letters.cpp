// Letters and how often they may be asked for.
// SPDX-License-Identifier: Apache-2.0
#include "app/letters.hpp"

#include <utility>

namespace muster::app {

namespace {

using core::Code;
using store::TokenKind;

core::Result<void> check_interval(const Context& context,
                                  const std::optional<core::Timestamp>& last) {
    if (!last) return {};
    const auto left = *last + context.rules.accounts.mail_interval - context.now;
    if (left <= left.zero()) return {};
    core::Error error{Code::mail_rate_limited};
    error.allowed = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(left).count());
    error.retry_after = std::chrono::ceil<std::chrono::seconds>(left);
    return std::unexpected(std::move(error));
}

TokenKind token_kind_of(LetterKind kind) {
    switch (kind) {
        case LetterKind::confirmation:
        case LetterKind::invite: return TokenKind::confirmation;
        case LetterKind::recovery:
        case LetterKind::magic_link: return TokenKind::recovery;
        case LetterKind::email_change: return TokenKind::email_change_new;
        case LetterKind::reauthentication: return TokenKind::reauthentication;
    }
    std::unreachable();
}

std::optional<core::Timestamp>& sent_at_of(store::User& user, TokenKind kind) {
    switch (kind) {
        case TokenKind::confirmation: return user.confirmation_sent_at;
        case TokenKind::recovery: return user.recovery_sent_at;
        case TokenKind::email_change_current:
        case TokenKind::email_change_new: return user.email_change_sent_at;
        case TokenKind::reauthentication: return user.reauthentication_sent_at;
    }
    std::unreachable();
}

}  // namespace

core::Result<Letter> write_letter(store::Transaction& transaction, const Context& context,
                                  store::User& user, LetterKind kind,
                                  const std::optional<store::CodeChallenge>& challenge) {
    const auto allowed = check_interval(context, sent_at_of(user, token_kind_of(kind)));
    if (!allowed) return std::unexpected(allowed.error());
    return issue_letter(transaction, context, user, kind, challenge);
}

Letter issue_letter(store::Transaction& transaction, const Context& context, store::User& user,
                    LetterKind kind, const std::optional<store::CodeChallenge>& challenge) {
    const TokenKind token_kind = token_kind_of(kind);
    sent_at_of(user, token_kind) = context.now;
    if (kind == LetterKind::invite) user.invited_at = context.now;
    store::save_user(transaction, user);
    return {kind,
            user.email,
            {},
            issue_one_time_token(transaction, context, user.id, token_kind, user.email, challenge)};
}

core::Result<std::vector<Letter>> write_email_change(
    store::Transaction& transaction, const Context& context, store::User& user,
    const std::optional<store::CodeChallenge>& challenge) {
    if (auto allowed = check_interval(context, user.email_change_sent_at); !allowed) {
        return std::unexpected(allowed.error());
    }
    user.email_change_sent_at = context.now;
    user.email_change_half_confirmed = false;
    store::save_user(transaction, user);
    store::delete_one_time_token(transaction, user.id, TokenKind::email_change_current);
    std::vector<Letter> letters;
    const auto write = [&](TokenKind kind, const std::string& address) {
        letters.push_back(
            {LetterKind::email_change, address, user.email_change,
             issue_one_time_token(transaction, context, user.id, kind, address, challenge)});
    };
    if (context.rules.accounts.secure_email_change) {
        write(TokenKind::email_change_current, user.email);
    }
    write(TokenKind::email_change_new, user.email_change);
    return letters;
}

}  // namespace muster::app
