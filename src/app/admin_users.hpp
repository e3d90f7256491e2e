// Use cases of the service key on users, as GoTrue's administration has them: /auth/v1/admin/users.
// Admins with a session of their own use app/accounts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "app/context.hpp"
#include "core/result.hpp"
#include "store/accounts.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// Fails: admin_required (anything but the service key).
core::Result<void> check_service(const Context& context);

/// What stays empty stays as it is.
struct UserChange {
    std::string id = {};     ///< of a new user: the one that it has elsewhere, lower case
    std::string email = {};  ///< checked and lower-cased
    std::optional<std::string> password_hash = {};
    bool confirms_email = false;
    std::optional<boost::json::object> user_metadata = {};
    std::optional<boost::json::object> app_metadata = {};
    std::optional<std::chrono::microseconds> ban = {};  ///< from now on; zero lifts it
};

/// With role `user` in no organisation. Fails: admin_required, email_exists, user_already_exists
/// (the id), validation_failed (too much metadata).
core::Result<store::User> create_user(store::Transaction& transaction, const Context& context,
                                      const UserChange& input);

/// A new password ends the user's sessions, a new address the codes and links sent to the old one.
/// Fails: admin_required, user_not_found, email_exists, validation_failed.
core::Result<store::User> change_user(store::Transaction& transaction, const Context& context,
                                      const std::string& user_id, const UserChange& change);

/// Reads only. Fails: admin_required, user_not_found.
core::Result<store::User> get_user(store::Transaction& transaction, const Context& context,
                                   const std::string& user_id);

struct UserPage {
    std::vector<store::User> users;  ///< newest first, without their factors
    std::int64_t total = 0;
};
/// Pages count from 1. Reads only. Fails: admin_required.
core::Result<UserPage> list_users(store::Transaction& transaction, const Context& context,
                                  std::int64_t page, std::int64_t users_per_page);

enum class Deletion {
    whole,
    keeps_id,  ///< the id stays taken; all that says who it was goes
};
/// The user's devices go in both cases: their history is archived. Fails: admin_required,
/// user_not_found, conflict (the last global_admin).
core::Result<void> remove_user(store::Transaction& transaction, const Context& context,
                               const std::string& user_id, Deletion deletion);

/// Fails: admin_required, user_not_found, mfa_factor_not_found.
core::Result<store::Factor> remove_user_factor(store::Transaction& transaction,
                                               const Context& context, const std::string& user_id,
                                               const std::string& factor_id);

}  // namespace muster::app
