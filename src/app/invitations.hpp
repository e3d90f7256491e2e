// Use case of admins who invite somebody by mail: an account in their organisation, whose address
// the invited one confirms by the letter. Called by api/auth.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "app/letters.hpp"
#include "app/sign_up.hpp"
#include "core/principal.hpp"
#include "core/result.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct Invitation {
    std::string email;              ///< checked and lower-cased by the caller
    boost::json::object data = {};  ///< the new user's metadata
    core::Role role = core::Role::user;
    std::optional<std::string> organization_id = {};  ///< the admin's own when empty
};

struct Invited {
    store::User user;
    Letter letter;
};

/// The caller may invite at all: the service key, a global_admin, or the org_admin of an
/// organisation, whose session still stands. Reads only.
/// Fails: admin_required, otherwise as get_signed_in_user.
core::Result<void> check_inviter(store::Transaction& transaction, const Context& context);

/// An org_admin invites into its own organisation, as user, support or org_admin, and nobody who
/// belongs to another one. Who was invited, or signed up without confirming, is invited anew.
/// Fails: as check_inviter; admin_required, organization_not_found, email_exists (confirmed, or of
/// another organisation), validation_failed (too much data).
core::Result<Invited> invite_user(store::Transaction& transaction, const Context& context,
                                  const Invitation& invitation);

}  // namespace muster::app
