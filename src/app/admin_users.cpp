// Users, administered.
// SPDX-License-Identifier: Apache-2.0
#include "app/admin_users.hpp"

#include <algorithm>

#include "app/accounts.hpp"
#include "app/factors.hpp"
#include "app/history.hpp"
#include "app/metadata.hpp"
#include "app/sign_up.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "store/devices.hpp"
#include "store/one_time_tokens.hpp"

namespace muster::app {

namespace {

namespace json = boost::json;
using core::Code;

/// Merges what is given into `user`, which somebody else saves.
core::Result<void> apply_metadata(store::User& user, const UserChange& change) {
    if (change.user_metadata) {
        auto merged = merged_metadata(user.user_metadata, *change.user_metadata);
        if (!merged) return std::unexpected(merged.error());
        user.user_metadata = std::move(*merged);
    }
    if (change.app_metadata) {
        auto merged = merged_metadata(user.app_metadata, *change.app_metadata);
        if (!merged) return std::unexpected(merged.error());
        user.app_metadata = std::move(*merged);
    }
    return {};
}

void apply_ban(store::User& user, const UserChange& change, core::Timestamp now) {
    if (!change.ban) return;
    user.banned_until.reset();
    if (change.ban->count() > 0) user.banned_until = now + *change.ban;
}

core::Result<void> apply_address(store::Transaction& transaction, store::User& user,
                                 const std::string& email) {
    if (email.empty() || email == user.email) return {};
    if (store::find_user_by_email(transaction, email)) return core::fail(Code::email_exists);
    user.email = email;
    store::delete_one_time_tokens(transaction, user.id);
    return {};
}

std::optional<std::string> organization_of(store::Transaction& transaction,
                                           const std::string& user_id) {
    const auto profile = store::find_profile(transaction, user_id);
    return profile ? profile->organization_id : std::nullopt;
}

/// Says nothing about the address, and is the same for the same one.
std::string concealed(const store::User& user) {
    return base::to_base64url(crypto::sha256(user.id + user.email));
}

void forget_person(store::Transaction& transaction, const Context& context,
                   const store::Account& account) {
    const std::string& id = account.user.id;
    for (const store::Factor& factor : store::list_factors(transaction, id)) {
        delete_factor(transaction, context, factor);
    }
    store::delete_one_time_tokens(transaction, id);
    store::delete_sessions(transaction, id, {}, store::SessionScope::global);
    act_for_caller(transaction, context);
    store::delete_devices_of(transaction, id);
    const std::string nobody = concealed(account.user);
    store::User left;
    left.id = id;
    left.email = nobody;
    left.app_metadata = "{}";
    left.updated_at = context.now;
    left.deleted_at = context.now;
    store::save_user(transaction, left);
    store::save_profile(transaction, {id, std::nullopt, nobody, core::Role::user});
    record_audit(transaction, context, account.profile.organization_id, "user_deleted",
                 {{"user_id", id}});
}

}  // namespace

core::Result<void> check_service(const Context& context) {
    if (context.caller.kind == core::Caller::Kind::service) return {};
    return core::fail(Code::admin_required);
}

core::Result<store::User> create_user(store::Transaction& transaction, const Context& context,
                                      const UserChange& input) {
    if (auto allowed = check_service(context); !allowed) return std::unexpected(allowed.error());
    if (store::find_user_by_email(transaction, input.email)) return core::fail(Code::email_exists);
    if (!input.id.empty() && store::find_user(transaction, input.id)) {
        return core::fail(Code::user_already_exists);
    }
    NewUser added;
    added.id = input.id;
    added.email = input.email;
    added.password_hash = input.password_hash.value_or("");
    added.data = input.user_metadata.value_or(json::object());
    auto user = add_user(transaction, context, added, "user_created");
    if (!user) return user;
    UserChange rest;
    rest.app_metadata = input.app_metadata;
    if (auto applied = apply_metadata(*user, rest); !applied) {
        return std::unexpected(applied.error());
    }
    apply_ban(*user, input, context.now);
    if (input.confirms_email) confirm_user(transaction, context, *user);
    store::save_user(transaction, *user);
    return user;
}

core::Result<store::User> change_user(store::Transaction& transaction, const Context& context,
                                      const std::string& user_id, const UserChange& change) {
    auto user = get_user(transaction, context, user_id);
    if (!user) return user;
    if (auto moved = apply_address(transaction, *user, change.email); !moved) {
        return std::unexpected(moved.error());
    }
    if (auto applied = apply_metadata(*user, change); !applied) {
        return std::unexpected(applied.error());
    }
    apply_ban(*user, change, context.now);
    user->updated_at = context.now;
    if (change.password_hash) {
        user->encrypted_password = *change.password_hash;
        store::delete_sessions(transaction, user_id, {}, store::SessionScope::global);
    }
    if (change.confirms_email && !user->email_confirmed_at) {
        confirm_user(transaction, context, *user);
    }
    store::save_user(transaction, *user);
    record_audit(transaction, context, organization_of(transaction, user_id), "user_modified",
                 {{"user_id", user_id}});
    return user;
}

core::Result<store::User> get_user(store::Transaction& transaction, const Context& context,
                                   const std::string& user_id) {
    if (auto allowed = check_service(context); !allowed) return std::unexpected(allowed.error());
    auto user = store::find_user(transaction, user_id);
    if (!user) return core::fail(Code::user_not_found);
    return std::move(*user);
}

core::Result<UserPage> list_users(store::Transaction& transaction, const Context& context,
                                  std::int64_t page, std::int64_t users_per_page) {
    if (auto allowed = check_service(context); !allowed) return std::unexpected(allowed.error());
    return UserPage{store::list_users(transaction, users_per_page, (page - 1) * users_per_page),
                    store::count_users(transaction)};
}

core::Result<void> remove_user(store::Transaction& transaction, const Context& context,
                               const std::string& user_id, Deletion deletion) {
    const auto found = get_user(transaction, context, user_id);
    if (!found) return std::unexpected(found.error());
    if (deletion == Deletion::whole) return delete_account(transaction, context, user_id);
    const auto account = get_changeable_account(transaction, context, user_id);
    if (!account) return std::unexpected(account.error());
    if (!account->user.deleted_at) forget_person(transaction, context, *account);
    return {};
}

core::Result<store::Factor> remove_user_factor(store::Transaction& transaction,
                                               const Context& context, const std::string& user_id,
                                               const std::string& factor_id) {
    const auto user = get_user(transaction, context, user_id);
    if (!user) return std::unexpected(user.error());
    const auto factor = std::ranges::find(user->factors, factor_id, &store::Factor::id);
    if (factor == user->factors.end()) return core::fail(Code::mfa_factor_not_found);
    delete_factor(transaction, context, *factor);
    return *factor;
}

}  // namespace muster::app
