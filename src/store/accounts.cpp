// The SQL of users, profiles and organizations.
// SPDX-License-Identifier: Apache-2.0
#include "store/accounts.hpp"

namespace muster::store {

namespace {

// GoTrue's own table has null where ours has a default.
constexpr std::string_view user_columns = R"sql(
    u.id, u.email, u.encrypted_password, u.raw_user_meta_data, u.raw_app_meta_data,
    u.email_confirmed_at, u.last_sign_in_at, u.banned_until, u.created_at, u.updated_at,
    u.invited_at, u.phone, u.phone_confirmed_at, u.confirmation_sent_at, u.recovery_sent_at,
    coalesce(u.email_change, ''), u.email_change_sent_at,
    coalesce(u.email_change_confirm_status, 0),
    u.reauthentication_sent_at, u.deleted_at, u.is_anonymous )sql";
constexpr std::size_t user_column_count = 21;

std::string select_user(std::string_view where) {
    return "SELECT " + std::string(user_columns) + "FROM users u " + std::string(where);
}

std::string select_account(std::string_view where) {
    return "SELECT " + std::string(user_columns) +
           ", p.organization_id, p.full_name, p.role FROM users u JOIN profiles p ON p.id = u.id " +
           std::string(where);
}

User user_from(const Row& row) {
    User user;
    user.id = row.text(0);
    user.email = row.optional_text(1).value_or("");
    user.encrypted_password = row.optional_text(2).value_or("");
    user.user_metadata = row.optional_text(3).value_or("{}");
    user.app_metadata = row.optional_text(4).value_or("{}");
    user.email_confirmed_at = row.optional_timestamp(5);
    user.last_sign_in_at = row.optional_timestamp(6);
    user.banned_until = row.optional_timestamp(7);
    user.created_at = row.optional_timestamp(8).value_or(core::Timestamp{});
    user.updated_at = row.optional_timestamp(9).value_or(user.created_at);
    user.invited_at = row.optional_timestamp(10);
    user.phone = row.optional_text(11);
    user.phone_confirmed_at = row.optional_timestamp(12);
    user.confirmation_sent_at = row.optional_timestamp(13);
    user.recovery_sent_at = row.optional_timestamp(14);
    user.email_change = row.text(15);
    user.email_change_sent_at = row.optional_timestamp(16);
    user.email_change_half_confirmed = row.boolean(17);
    user.reauthentication_sent_at = row.optional_timestamp(18);
    user.deleted_at = row.optional_timestamp(19);
    user.is_anonymous = row.boolean(20);
    return user;
}

std::optional<User> find_whole_user(Transaction& transaction, const std::string& sql,
                                    std::string_view key) {
    const auto row = transaction.one(sql, key);
    if (!row) return std::nullopt;
    User user = user_from(*row);
    user.factors = list_factors(transaction, user.id);
    return user;
}

core::Role role_from(const std::string& text) {
    const auto role = core::parse_role(text);
    if (!role) throw StoreError("profiles: bad role");
    return *role;
}

Account account_from(const Row& row) {
    return {user_from(row),
            {row.text(0), row.optional_text(user_column_count), row.text(user_column_count + 1),
             role_from(row.text(user_column_count + 2))}};
}

Organization organization_from(const Row& row) {
    return {row.text(0), row.text(1), row.timestamp(2)};
}

}  // namespace

void insert_user(Transaction& transaction, const User& user) {
    transaction.enqueue("INSERT INTO users (id, email, created_at) VALUES ($1, $2, $3)", user.id,
                        user.email, user.created_at);
    save_user(transaction, user);
}

void save_user(Transaction& transaction, const User& user) {
    transaction.enqueue(
        R"sql(
        UPDATE users SET email = nullif($2, ''), encrypted_password = $3, raw_user_meta_data = $4,
            raw_app_meta_data = $5, email_confirmed_at = $6, last_sign_in_at = $7,
            banned_until = $8, updated_at = $9, invited_at = $10, phone = $11,
            phone_confirmed_at = $12, confirmation_sent_at = $13, recovery_sent_at = $14,
            email_change = $15, email_change_sent_at = $16, email_change_confirm_status = $17,
            reauthentication_sent_at = $18, deleted_at = $19, is_anonymous = $20
         WHERE id = $1)sql",
        user.id, user.email, user.encrypted_password, user.user_metadata, user.app_metadata,
        user.email_confirmed_at, user.last_sign_in_at, user.banned_until, user.updated_at,
        user.invited_at, user.phone, user.phone_confirmed_at, user.confirmation_sent_at,
        user.recovery_sent_at, user.email_change, user.email_change_sent_at,
        user.email_change_half_confirmed, user.reauthentication_sent_at, user.deleted_at,
        user.is_anonymous);
}

std::optional<User> find_user(Transaction& transaction, std::string_view id) {
    static const std::string sql = select_user("WHERE u.id = $1");
    return find_whole_user(transaction, sql, id);
}

std::optional<User> find_user_by_email(Transaction& transaction, std::string_view email) {
    // GoTrue lets people of an identity provider share the address of somebody with a password.
    static const std::string sql = select_user(
        "WHERE lower(u.email) = lower($1) "
        "ORDER BY CASE WHEN coalesce(u.encrypted_password, '') = '' THEN 1 ELSE 0 END, u.id "
        "LIMIT 1");
    return find_whole_user(transaction, sql, email);
}

std::vector<User> list_users(Transaction& transaction, std::int64_t limit, std::int64_t offset) {
    static const std::string sql =
        select_user("ORDER BY u.created_at DESC, u.id DESC LIMIT $1 OFFSET $2");
    std::vector<User> users;
    for (const Row& row : transaction.all(sql, limit, offset)) users.push_back(user_from(row));
    return users;
}

std::int64_t count_users(Transaction& transaction) {
    return transaction.one("SELECT count(*) FROM users")->integer(0);
}

void save_sign_in(Transaction& transaction, std::string_view user_id, core::Timestamp at) {
    transaction.enqueue("UPDATE users SET last_sign_in_at = $2, updated_at = $2 WHERE id = $1",
                        user_id, at);
}

bool delete_user(Transaction& transaction, std::string_view id) {
    return transaction.execute("DELETE FROM users WHERE id = $1", id) > 0;
}

void insert_profile(Transaction& transaction, const core::Profile& profile, core::Timestamp at) {
    transaction.enqueue(R"sql(
        INSERT INTO profiles (id, organization_id, full_name, role, created_at)
        VALUES ($1, $2, $3, $4, $5))sql",
                        profile.user_id, profile.organization_id, profile.full_name,
                        to_text(profile.role), at);
}

std::optional<core::Profile> find_profile(Transaction& transaction, std::string_view user_id) {
    const auto row = transaction.one(
        "SELECT id, organization_id, full_name, role FROM profiles WHERE id = $1", user_id);
    if (!row) return std::nullopt;
    return core::Profile{row->text(0), row->optional_text(1), row->text(2),
                         role_from(row->text(3))};
}

void save_profile(Transaction& transaction, const core::Profile& profile) {
    transaction.enqueue(R"sql(
        UPDATE profiles SET organization_id = $2, full_name = $3, role = $4 WHERE id = $1)sql",
                        profile.user_id, profile.organization_id, profile.full_name,
                        to_text(profile.role));
}

void save_role(Transaction& transaction, std::string_view user_id, core::Role role) {
    transaction.enqueue("UPDATE profiles SET role = $2 WHERE id = $1", user_id, to_text(role));
}

void insert_organization(Transaction& transaction, const Organization& organization) {
    transaction.enqueue("INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)",
                        organization.id, organization.name, organization.created_at);
}

std::optional<Organization> find_organization(Transaction& transaction, std::string_view id) {
    const auto row =
        transaction.one("SELECT id, name, created_at FROM organizations WHERE id = $1", id);
    return row ? std::optional(organization_from(*row)) : std::nullopt;
}

std::vector<Organization> list_organizations(Transaction& transaction,
                                             const std::optional<std::string>& id) {
    std::vector<Organization> organizations;
    for (const Row& row : transaction.all(R"sql(
             SELECT id, name, created_at FROM organizations
              WHERE id = $1 OR $1 IS NULL ORDER BY name, id)sql",
                                          id)) {
        organizations.push_back(organization_from(row));
    }
    return organizations;
}

std::optional<Account> find_account(Transaction& transaction, std::string_view user_id) {
    static const std::string sql = select_account("WHERE u.id = $1");
    const auto row = transaction.one(sql, user_id);
    return row ? std::optional(account_from(*row)) : std::nullopt;
}

std::vector<Account> list_accounts(Transaction& transaction,
                                   const std::optional<std::string>& organization_id) {
    static const std::string sql =
        select_account("WHERE p.organization_id = $1 OR $1 IS NULL ORDER BY u.email");
    std::vector<Account> accounts;
    for (const Row& row : transaction.all(sql, organization_id)) {
        accounts.push_back(account_from(row));
    }
    return accounts;
}

}  // namespace muster::store
