// Use cases on people and organisations: who belongs where, with which role.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "core/result.hpp"
#include "store/accounts.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct NewAccount {
    std::string email;          ///< checked and lower-cased by the caller
    std::string password_hash;  ///< empty: cannot sign in by password yet
    std::string full_name;
    core::Role role = core::Role::user;
    std::optional<std::string> organization_id = {};  ///< the admin's own when empty
};

/// The first organisation and its global_admin, on an empty installation. Fails: conflict (there is
/// a global_admin already; nothing is written).
core::Result<store::Account> create_first_admin(store::Transaction& transaction,
                                                const Context& context, const NewAccount& account,
                                                const std::string& organization_name);

/// Admins only; an org_admin within its own organisation and never a global_admin.
/// Fails: authorization_required, permission_denied, organization_not_found, email_exists.
core::Result<store::Account> create_account(store::Transaction& transaction, const Context& context,
                                            const NewAccount& account);

/// Admins only. Fails: authorization_required, permission_denied.
core::Result<std::vector<store::Account>> list_accounts(store::Transaction& transaction,
                                                        const Context& context);

/// Never the caller's own, never the last global_admin. Fails: as create_account; user_not_found,
/// conflict (the last global_admin).
core::Result<store::Account> get_changeable_account(store::Transaction& transaction,
                                                    const Context& context,
                                                    const std::string& user_id);

/// As create_account; nobody changes their own role. Fails: also user_not_found, conflict (the last
/// global_admin).
core::Result<store::Account> set_role(store::Transaction& transaction, const Context& context,
                                      const std::string& user_id, core::Role role);

/// As set_role. The user's devices are deleted with it: their history is archived.
core::Result<void> delete_account(store::Transaction& transaction, const Context& context,
                                  const std::string& user_id);

/// Only global_admin and the service key pass. Fails: authorization_required, permission_denied.
core::Result<void> check_global_admin(store::Transaction& transaction, const Context& context);

/// As check_global_admin.
core::Result<store::Organization> create_organization(store::Transaction& transaction,
                                                      const Context& context,
                                                      const std::string& name);

/// How long the organisation's devices may be silent. Its admins only. Fails:
/// authorization_required, permission_denied, organization_not_found.
core::Result<store::Organization> set_trust_policy(store::Transaction& transaction,
                                                   const Context& context,
                                                   const std::string& organization_id,
                                                   const core::TrustPolicy& policy);

/// All of them for global admins, the own one for everybody else. Fails: authorization_required.
core::Result<std::vector<store::Organization>> list_organizations(store::Transaction& transaction,
                                                                  const Context& context);

}  // namespace muster::app
