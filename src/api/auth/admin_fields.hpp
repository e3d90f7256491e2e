// What clients of GoTrue's administration send about a user. Called by api/auth/admin_users.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <boost/json/object.hpp>

#include "app/admin_users.hpp"
#include "base/secret.hpp"
#include "core/result.hpp"

namespace muster::api {

struct AdminUserInput {
    app::UserChange change;
    std::optional<base::Secret<std::string>> password = {};  ///< to be hashed
};

/// POST /admin/users. Fails: validation_failed and the like, weak_password,
/// phone_provider_disabled.
core::Result<AdminUserInput> read_new_admin_user(const boost::json::object& body,
                                                 const app::Rules& rules);

/// PUT /admin/users/{id}. Fails: the same.
core::Result<AdminUserInput> read_admin_user_change(const boost::json::object& body,
                                                    const app::Rules& rules);

}  // namespace muster::api
