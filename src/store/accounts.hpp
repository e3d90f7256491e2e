// Tables `users` (PostgreSQL: auth.users), `profiles` and `organizations`. Called by app/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/principal.hpp"
#include "core/timestamp.hpp"
#include "store/factors.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct User {
    std::string id;
    std::string email;
    std::string encrypted_password;  ///< argon2id, PHC form; empty: cannot sign in by password
    std::string user_metadata = "{}";
    std::string app_metadata = R"({"provider":"email","providers":["email"]})";
    std::optional<core::Timestamp> email_confirmed_at;
    std::optional<core::Timestamp> last_sign_in_at;
    std::optional<core::Timestamp> banned_until;
    core::Timestamp created_at;
    core::Timestamp updated_at;
    std::optional<core::Timestamp> invited_at = {};
    std::optional<std::string> phone = {};
    std::optional<core::Timestamp> phone_confirmed_at = {};
    std::optional<core::Timestamp> confirmation_sent_at = {};
    std::optional<core::Timestamp> recovery_sent_at = {};
    std::string email_change = {};  ///< the address that the user wants to have; empty: none
    std::optional<core::Timestamp> email_change_sent_at = {};
    bool email_change_half_confirmed = false;  ///< one of the two addresses has agreed
    std::optional<core::Timestamp> reauthentication_sent_at = {};
    std::optional<core::Timestamp> deleted_at = {};
    bool is_anonymous = false;
    std::vector<Factor> factors = {};  ///< oldest first; find_user and find_user_by_email fill it
};

void insert_user(Transaction& transaction, const User& user);
/// All columns but id and created_at, as they stand in `user`, which was read in this transaction.
/// Throws ConstraintViolation if another user has the address.
void save_user(Transaction& transaction, const User& user);
std::optional<User> find_user(Transaction& transaction, std::string_view id);
/// Case-insensitive.
std::optional<User> find_user_by_email(Transaction& transaction, std::string_view email);
/// Newest first, without their factors.
std::vector<User> list_users(Transaction& transaction, std::int64_t limit, std::int64_t offset);
std::int64_t count_users(Transaction& transaction);
void save_sign_in(Transaction& transaction, std::string_view user_id, core::Timestamp at);
/// Devices, sessions and profile go with it (ON DELETE CASCADE). False: there was none.
bool delete_user(Transaction& transaction, std::string_view id);

void insert_profile(Transaction& transaction, const core::Profile& profile, core::Timestamp at);
std::optional<core::Profile> find_profile(Transaction& transaction, std::string_view user_id);
/// Organisation, name and role, as they stand in `profile`.
void save_profile(Transaction& transaction, const core::Profile& profile);
void save_role(Transaction& transaction, std::string_view user_id, core::Role role);

struct Organization {
    std::string id;
    std::string name;
    core::Timestamp created_at;
};
void insert_organization(Transaction& transaction, const Organization& organization);
std::optional<Organization> find_organization(Transaction& transaction, std::string_view id);
/// One organisation, or all of them when `id` is empty; by name.
std::vector<Organization> list_organizations(Transaction& transaction,
                                             const std::optional<std::string>& id);

struct Account {
    User user;
    core::Profile profile;
};
std::optional<Account> find_account(Transaction& transaction, std::string_view user_id);
/// Of one organisation, or all when it is empty; by e-mail address.
std::vector<Account> list_accounts(Transaction& transaction,
                                   const std::optional<std::string>& organization_id);

}  // namespace muster::store
