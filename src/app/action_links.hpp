// Use case of the service key that makes the link and code of a letter without sending it: GoTrue's
// /admin/generate_link. Called by api/auth.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/context.hpp"
#include "app/letters.hpp"
#include "app/sign_up.hpp"
#include "core/result.hpp"
#include "store/transaction.hpp"

namespace muster::app {

enum class ActionLinkType {
    sign_up,
    invite,
    magic_link,
    recovery,
    email_change_current,
    email_change_new,
};

struct ActionLinkRequest {
    ActionLinkType type = ActionLinkType::magic_link;
    NewUser user;
    std::string new_email = {};  ///< of an email change; checked and lower-cased
};

struct ActionLink {
    store::User user;
    Letter letter;
    ActionLinkType type;  ///< a stranger's magic link signs them up
};

/// Fails: admin_required, user_not_found, email_exists, validation_failed, as GoTrue has them.
core::Result<ActionLink> make_action_link(store::Transaction& transaction, const Context& context,
                                          const ActionLinkRequest& request);

}  // namespace muster::app
