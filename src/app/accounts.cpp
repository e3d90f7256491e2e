// People and organisations.
// SPDX-License-Identifier: Apache-2.0
#include "app/accounts.hpp"

#include "app/authority.hpp"
#include "app/history.hpp"
#include "store/devices.hpp"

namespace muster::app {

namespace {

using core::Code;
using core::Role;

/// An admin, of whatever. Fails: authorization_required, permission_denied.
core::Result<Authority> get_admin(store::Transaction& transaction, const Context& context) {
    auto authority = get_authority(transaction, context);
    if (!authority) return authority;
    const bool org_admin = authority->profile && authority->profile->role == Role::org_admin;
    if (!authority->is_global() && !org_admin) return core::fail(Code::permission_denied);
    return authority;
}

store::Account insert_account(store::Transaction& transaction, const Context& context,
                              const NewAccount& input,
                              const std::optional<std::string>& organization_id) {
    store::Account account;
    account.user.id = new_id(context);
    account.user.email = input.email;
    account.user.encrypted_password = input.password_hash;
    account.user.email_confirmed_at = context.now;
    account.user.created_at = context.now;
    account.user.updated_at = context.now;
    account.profile = {account.user.id, organization_id, input.full_name, input.role};
    store::insert_user(transaction, account.user);
    store::insert_profile(transaction, account.profile, context.now);
    return account;
}

/// What depends on how many there are.
constexpr std::string_view global_admins = "global_admins";

std::int64_t count_global_admins(store::Transaction& transaction) {
    return transaction.one("SELECT count(*) FROM profiles WHERE role = 'global_admin'")->integer(0);
}

}  // namespace

core::Result<store::Account> create_first_admin(store::Transaction& transaction,
                                                const Context& context, const NewAccount& input,
                                                const std::string& organization_name) {
    if (count_global_admins(transaction) > 0) return core::fail(Code::conflict);
    transaction.take_turns(global_admins);
    const store::Organization organization{new_id(context), organization_name, context.now};
    store::insert_organization(transaction, organization);
    NewAccount first = input;
    first.role = Role::global_admin;
    store::Account account = insert_account(transaction, context, first, organization.id);
    record_audit(transaction, context, organization.id, "installation_initialized",
                 {{"user_id", account.user.id}, {"organization_id", organization.id}});
    return account;
}

core::Result<store::Account> create_account(store::Transaction& transaction, const Context& context,
                                            const NewAccount& input) {
    const auto admin = get_admin(transaction, context);
    if (!admin) return std::unexpected(admin.error());
    std::optional<std::string> organization_id = input.organization_id;
    if (!organization_id && admin->profile) organization_id = admin->profile->organization_id;
    if (!admin->administers(organization_id)) return core::fail(Code::permission_denied);
    if (input.role == Role::global_admin && !admin->is_global()) {
        return core::fail(Code::permission_denied);
    }
    if (organization_id && !store::find_organization(transaction, *organization_id)) {
        return core::fail(Code::organization_not_found);
    }
    if (store::find_user_by_email(transaction, input.email)) {
        return core::fail(Code::email_exists);
    }
    store::Account account = insert_account(transaction, context, input, organization_id);
    record_audit(transaction, context, organization_id, "user_created",
                 {{"user_id", account.user.id}, {"role", to_text(input.role)}});
    return account;
}

core::Result<std::vector<store::Account>> list_accounts(store::Transaction& transaction,
                                                        const Context& context) {
    const auto admin = get_admin(transaction, context);
    if (!admin) return std::unexpected(admin.error());
    if (admin->is_global()) return store::list_accounts(transaction, std::nullopt);
    if (!admin->profile->organization_id) return std::vector<store::Account>{};
    return store::list_accounts(transaction, admin->profile->organization_id);
}

core::Result<store::Account> get_changeable_account(store::Transaction& transaction,
                                                    const Context& context,
                                                    const std::string& user_id) {
    const auto admin = get_admin(transaction, context);
    if (!admin) return std::unexpected(admin.error());
    auto account = store::find_account(transaction, user_id);
    const bool visible = account && admin->administers(account->profile.organization_id);
    if (!visible) return core::fail(Code::user_not_found);
    if (admin->user_id() == user_id) return core::fail(Code::permission_denied);
    const bool global = account->profile.role == Role::global_admin;
    if (global && !admin->is_global()) return core::fail(Code::permission_denied);
    if (global && count_global_admins(transaction) == 1) return core::fail(Code::conflict);
    if (global) transaction.take_turns(global_admins);
    return std::move(*account);
}

core::Result<store::Account> set_role(store::Transaction& transaction, const Context& context,
                                      const std::string& user_id, Role role) {
    auto account = get_changeable_account(transaction, context, user_id);
    if (!account) return account;
    const auto admin = get_admin(transaction, context);
    if (!admin) return std::unexpected(admin.error());
    if (role == Role::global_admin && !admin->is_global()) {
        return core::fail(Code::permission_denied);
    }
    store::save_role(transaction, user_id, role);
    record_audit(
        transaction, context, account->profile.organization_id, "user_role_changed",
        {{"user_id", user_id}, {"from", to_text(account->profile.role)}, {"to", to_text(role)}});
    account->profile.role = role;
    return account;
}

core::Result<void> delete_account(store::Transaction& transaction, const Context& context,
                                  const std::string& user_id) {
    const auto account = get_changeable_account(transaction, context, user_id);
    if (!account) return std::unexpected(account.error());
    act_for_caller(transaction, context);
    store::delete_user(transaction, user_id);
    record_audit(transaction, context, account->profile.organization_id, "user_deleted",
                 {{"user_id", user_id}});
    return {};
}

core::Result<void> check_global_admin(store::Transaction& transaction, const Context& context) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (!authority->is_global()) return core::fail(Code::permission_denied);
    return {};
}

core::Result<store::Organization> create_organization(store::Transaction& transaction,
                                                      const Context& context,
                                                      const std::string& name) {
    if (auto allowed = check_global_admin(transaction, context); !allowed) {
        return std::unexpected(allowed.error());
    }
    store::Organization organization{new_id(context), name, context.now};
    store::insert_organization(transaction, organization);
    record_audit(transaction, context, organization.id, "organization_created",
                 {{"organization_id", organization.id}});
    return organization;
}

core::Result<store::Organization> set_trust_policy(store::Transaction& transaction,
                                                   const Context& context,
                                                   const std::string& organization_id,
                                                   const core::TrustPolicy& policy) {
    const auto admin = get_admin(transaction, context);
    if (!admin) return std::unexpected(admin.error());
    auto organization = store::find_organization(transaction, organization_id);
    if (!organization || !admin->administers(organization_id)) {
        return core::fail(Code::organization_not_found);
    }
    store::save_policy(transaction, organization_id, policy);
    record_audit(transaction, context, organization_id, "trust_policy_changed",
                 {{"inactive_after_seconds", policy.inactive_after.count()}});
    return std::move(*organization);
}

core::Result<std::vector<store::Organization>> list_organizations(store::Transaction& transaction,
                                                                  const Context& context) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (authority->is_global()) return store::list_organizations(transaction, std::nullopt);
    if (!authority->profile->organization_id) return std::vector<store::Organization>{};
    return store::list_organizations(transaction, authority->profile->organization_id);
}

}  // namespace muster::app
