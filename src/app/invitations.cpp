// Invitations.
// SPDX-License-Identifier: Apache-2.0
#include "app/invitations.hpp"

#include "app/authority.hpp"
#include "app/history.hpp"
#include "app/sign_in.hpp"

namespace muster::app {

namespace {

using core::Code;
using core::Role;

core::Result<Authority> get_inviter(store::Transaction& transaction, const Context& context) {
    if (context.caller.kind == core::Caller::Kind::user) {
        const auto user = get_signed_in_user(transaction, context);
        if (!user) return std::unexpected(user.error());
    }
    auto authority = get_authority(transaction, context);
    if (!authority) return authority;
    const bool may =
        authority->is_global() || authority->administers(authority->profile->organization_id);
    if (!may) return core::fail(Code::admin_required);
    return authority;
}

/// The organisation that the invited one will belong to. Empty: none.
core::Result<std::optional<std::string>> choose_organization(store::Transaction& transaction,
                                                             const Authority& inviter,
                                                             const Invitation& invitation) {
    std::optional<std::string> chosen = invitation.organization_id;
    if (!chosen && inviter.profile) chosen = inviter.profile->organization_id;
    if (!inviter.administers(chosen)) return core::fail(Code::admin_required);
    if (invitation.role == Role::global_admin && !inviter.is_global()) {
        return core::fail(Code::admin_required);
    }
    if (chosen && !store::find_organization(transaction, *chosen)) {
        return core::fail(Code::organization_not_found);
    }
    return chosen;
}

/// Nobody has proved yet that the account is theirs, and it is nobody else's to invite.
bool is_free(store::Transaction& transaction, const Authority& inviter, const store::User& user) {
    if (user.email_confirmed_at) return false;
    if (inviter.is_global()) return true;
    const auto profile = store::find_profile(transaction, user.id);
    return profile && profile->role != Role::global_admin &&
           (!profile->organization_id || inviter.administers(profile->organization_id));
}

/// Whoever signed up with that address never proved that it is theirs: neither their password nor
/// their words may outlive an invitation that gives rights.
core::Result<void> start_anew(store::Transaction& transaction, const Context& context,
                              const NewUser& input, store::User& user) {
    auto metadata = metadata_of(input, user.id);
    if (!metadata) return std::unexpected(metadata.error());
    user.user_metadata = std::move(*metadata);
    user.encrypted_password.clear();
    user.updated_at = context.now;
    store::delete_sessions(transaction, user.id, {}, store::SessionScope::global);
    store::delete_one_time_tokens(transaction, user.id);
    return {};
}

}  // namespace

core::Result<void> check_inviter(store::Transaction& transaction, const Context& context) {
    const auto inviter = get_inviter(transaction, context);
    if (!inviter) return std::unexpected(inviter.error());
    return {};
}

core::Result<Invited> invite_user(store::Transaction& transaction, const Context& context,
                                  const Invitation& invitation) {
    const auto inviter = get_inviter(transaction, context);
    if (!inviter) return std::unexpected(inviter.error());
    const auto organization = choose_organization(transaction, *inviter, invitation);
    if (!organization) return std::unexpected(organization.error());
    NewUser input;
    input.email = invitation.email;
    input.data = invitation.data;
    auto user = store::find_user_by_email(transaction, input.email);
    if (user) {
        if (!is_free(transaction, *inviter, *user)) return core::fail(Code::email_exists);
        const auto started = start_anew(transaction, context, input, *user);
        if (!started) return std::unexpected(started.error());
    } else {
        auto added = add_user(transaction, context, input, "user_created");
        if (!added) return std::unexpected(added.error());
        user = std::move(*added);
    }
    store::save_profile(transaction,
                        {user->id, *organization, full_name_of(input), invitation.role});
    Letter letter = issue_letter(transaction, context, *user, LetterKind::invite, {});
    record_audit(transaction, context, *organization, "user_invited",
                 {{"user_id", user->id}, {"role", to_text(invitation.role)}});
    return Invited{std::move(*user), std::move(letter)};
}

}  // namespace muster::app
