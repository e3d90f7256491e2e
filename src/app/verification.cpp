// Codes and links that come back.
// SPDX-License-Identifier: Apache-2.0
#include "app/verification.hpp"

#include <array>
#include <span>
#include <utility>

#include "app/history.hpp"
#include "app/metadata.hpp"
#include "app/one_time_tokens.hpp"
#include "app/sign_up.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "store/flow_states.hpp"

namespace muster::app {

namespace {

using core::Code;
using store::TokenKind;

constexpr std::array confirmation_kinds{TokenKind::confirmation};
constexpr std::array recovery_kinds{TokenKind::recovery};
constexpr std::array email_kinds{TokenKind::confirmation, TokenKind::recovery};
constexpr std::array email_change_kinds{TokenKind::email_change_current,
                                        TokenKind::email_change_new};

std::span<const TokenKind> kinds_of(VerificationType type) {
    switch (type) {
        case VerificationType::sign_up:
        case VerificationType::invite: return confirmation_kinds;
        case VerificationType::magic_link:
        case VerificationType::recovery: return recovery_kinds;
        case VerificationType::email_change: return email_change_kinds;
        case VerificationType::email: return email_kinds;
    }
    std::unreachable();
}

/// What a session's amr says, where a client with PKCE followed a link.
std::string_view method_of(VerificationType type) {
    switch (type) {
        case VerificationType::sign_up: return "email/signup";
        case VerificationType::invite: return "invite";
        case VerificationType::magic_link:
        case VerificationType::email: return "magiclink";
        case VerificationType::recovery: return "recovery";
        case VerificationType::email_change: return "email_change";
    }
    std::unreachable();
}

Verified refuse(Code code) {
    Verified verified;
    verified.refusal = code;
    return verified;
}

/// True: both addresses have agreed, or one was enough, and `user` has the new one.
core::Result<bool> agree_to_change(store::Transaction& transaction, const Context& context,
                                   store::User& user, TokenKind kind) {
    store::delete_one_time_token(transaction, user.id, kind);
    if (context.rules.accounts.secure_email_change && !user.email_change_half_confirmed) {
        user.email_change_half_confirmed = true;
        store::save_user(transaction, user);
        return false;
    }
    if (store::find_user_by_email(transaction, user.email_change)) {
        return core::fail(Code::email_exists);
    }
    auto metadata = merged_metadata(user.user_metadata, {{"email", user.email_change}});
    if (metadata) user.user_metadata = std::move(*metadata);
    user.email = std::exchange(user.email_change, {});
    user.email_change_half_confirmed = false;
    user.updated_at = context.now;
    if (user.email_confirmed_at) {
        store::save_user(transaction, user);
        store::delete_one_time_tokens(transaction, user.id);
    } else {
        confirm_user(transaction, context, user);
    }
    record_audit(transaction, context, std::nullopt, "user_email_changed", {{"user_id", user.id}});
    return true;
}

std::string issue_pkce_code(store::Transaction& transaction, const Context& context,
                            const store::OneTimeToken& token, VerificationType type) {
    std::array<std::byte, 16> bytes{};
    context.random.fill(bytes);
    const std::string hex = base::to_hex(bytes);
    // As GoTrue's looks, which is a UUID.
    std::string code = hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
                       hex.substr(16, 4) + "-" + hex.substr(20);
    store::delete_expired_flow_states(transaction, context.now - pkce_code_lifetime);
    store::insert_flow_state(transaction, {new_id(context), token.user_id, crypto::sha256_hex(code),
                                           std::string(method_of(type)), *token.challenge,
                                           context.now, context.now + pkce_code_lifetime});
    return code;
}

/// The token is genuine: it ends, and does what it is for.
core::Result<Verified> spend(store::Transaction& transaction, const Context& context,
                             const store::OneTimeToken& token, VerificationType type,
                             LinkAnswer answer) {
    auto user = store::find_user(transaction, token.user_id);
    if (!user) throw store::StoreError("one_time_tokens: a token without its user");
    if (is_banned(*user, context.now)) return refuse(Code::user_banned);
    Verified verified;
    verified.type = type;
    if (type == VerificationType::email) {
        const bool recovery = token.kind == TokenKind::recovery;
        verified.type = recovery ? VerificationType::magic_link : VerificationType::sign_up;
    }
    if (type == VerificationType::email_change) {
        if (user->email_change.empty()) return refuse(Code::link_expired);
        const auto changed = agree_to_change(transaction, context, *user, token.kind);
        if (!changed) return std::unexpected(changed.error());
        verified.is_half_done = !*changed;
        if (verified.is_half_done) return verified;
    }
    store::delete_one_time_token(transaction, user->id, token.kind);
    if (!user->email_confirmed_at) confirm_user(transaction, context, *user);
    if (token.challenge && answer == LinkAnswer::session_or_pkce_code) {
        verified.pkce_code =
            base::Secret(issue_pkce_code(transaction, context, token, verified.type));
        return verified;
    }
    verified.session = open_session(transaction, context, std::move(*user), "otp");
    return verified;
}

bool fits(const store::CodeChallenge& challenge, std::string_view verifier) {
    std::string expected(verifier);
    if (challenge.method == "s256") expected = base::to_base64url(crypto::sha256(verifier));
    return crypto::equal_in_constant_time(base::bytes_of(expected), base::bytes_of(challenge.text));
}

}  // namespace

core::Result<Verified> verify_link(store::Transaction& transaction, const Context& context,
                                   VerificationType type, std::string_view link_token,
                                   LinkAnswer answer) {
    const auto token = find_by_link(transaction, context, link_token, kinds_of(type));
    if (!token) return refuse(Code::link_expired);
    return spend(transaction, context, *token, type, answer);
}

core::Result<Verified> verify_code(store::Transaction& transaction, const Context& context,
                                   VerificationType type, std::string_view address,
                                   std::string_view code) {
    const auto token = find_by_code(transaction, context, address, code, kinds_of(type));
    if (!token) return refuse(Code::code_expired);
    return spend(transaction, context, *token, type, LinkAnswer::session);
}

core::Result<OpenSession> exchange_pkce_code(store::Transaction& transaction,
                                             const Context& context, std::string_view code,
                                             std::string_view verifier) {
    const auto state = store::find_flow_state(transaction, crypto::sha256_hex(code));
    if (!state) return core::fail(Code::flow_state_not_found);
    if (context.now > state->expires_at) return core::fail(Code::flow_state_expired);
    if (!fits(state->challenge, verifier)) return core::fail(Code::bad_code_verifier);
    auto user = store::find_user(transaction, state->user_id);
    if (!user || !store::delete_flow_state(transaction, state->id)) {
        return core::fail(Code::flow_state_not_found);
    }
    if (is_banned(*user, context.now)) return core::fail(Code::sign_in_banned);
    return open_session(transaction, context, std::move(*user), state->authentication_method);
}

}  // namespace muster::app
