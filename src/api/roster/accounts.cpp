// People and organisations as JSON.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/accounts.hpp"

#include <boost/json/array.hpp>

#include "api/fields.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "api/roster/input.hpp"
#include "app/accounts.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

constexpr std::string_view roles = "user, support, org_admin, global_admin";

json::object user_row_json(const store::Account& account) {
    return {{"id", account.user.id},
            {"email", account.user.email},
            {"full_name", account.profile.full_name},
            {"role", to_text(account.profile.role)},
            {"organization_id", text_or_null(account.profile.organization_id)},
            {"created_at", core::to_json_text(account.user.created_at)},
            {"last_sign_in_at", time_or_null(account.user.last_sign_in_at)}};
}

json::object organization_json(const store::Organization& organization) {
    return {{"id", organization.id},
            {"name", organization.name},
            {"created_at", core::to_json_text(organization.created_at)}};
}

struct NewUser {
    app::NewAccount account;
    std::optional<base::Secret<std::string>> password;
};

core::Result<NewUser> read_new_user(const json::object& body) {
    NewUser user;
    auto email = require(read_email(body, "email"), "email");
    if (!email) return std::unexpected(email.error());
    auto name = require(read_text(body, "full_name", name_limits), "full_name");
    if (!name) return std::unexpected(name.error());
    auto role = read_word(body, "role", roles);
    if (!role) return std::unexpected(role.error());
    auto organization = read_uuid(body, "organization_id");
    if (!organization) return std::unexpected(organization.error());
    auto password = read_text(body, "password", password_limits);
    if (!password) return std::unexpected(password.error());
    user.account.email = std::move(*email);
    user.account.full_name = std::move(*name);
    user.account.role = core::parse_role(role->value_or("user")).value_or(core::Role::user);
    user.account.organization_id = std::move(*organization);
    if (*password) user.password.emplace(std::move(**password));
    return user;
}

core::Result<void> check_strength(const base::Secret<std::string>& password,
                                  const app::Rules& rules) {
    if (password.reveal().size() >= rules.password_length_min) return {};
    return core::fail(Code::weak_password, "password", std::to_string(rules.password_length_min));
}

asio::awaitable<Answer> insert_user(Call& call, const app::NewAccount& account) {
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::create_account(transaction, context, account);
    };
    const auto created = co_await call.services.store.write(work);
    if (!created) co_return std::unexpected(created.error());
    const json::object body{{"user", user_row_json(*created)}};
    co_return json_response(body, 201);
}

}  // namespace

asio::awaitable<Answer> handle_list_users(Call& call) {
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::list_accounts(transaction, context);
    };
    const auto accounts = co_await call.services.store.read(work);
    if (!accounts) co_return std::unexpected(accounts.error());
    json::array array;
    for (const store::Account& account : *accounts) array.push_back(user_row_json(account));
    const json::object body{{"users", std::move(array)}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_create_user(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    auto user = read_new_user(*body);
    if (!user) co_return std::unexpected(user.error());
    if (user->password) {
        const auto strong = check_strength(*user->password, call.services.rules);
        if (!strong) co_return std::unexpected(strong.error());
        auto hash = co_await call.services.passwords.hash(*user->password);
        if (!hash) co_return std::unexpected(hash.error());
        user->account.password_hash = std::move(*hash);
    }
    co_return co_await insert_user(call, user->account);
}

asio::awaitable<Answer> handle_set_role(Call& call) {
    const auto id = read_path_id(call, Code::user_not_found);
    if (!id) co_return std::unexpected(id.error());
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto word = require(read_word(*body, "role", roles), "role");
    if (!word) co_return std::unexpected(word.error());
    const core::Role role = core::parse_role(*word).value_or(core::Role::user);
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::set_role(transaction, context, *id, role);
    };
    const auto account = co_await call.services.store.write(work);
    if (!account) co_return std::unexpected(account.error());
    const json::object answer{{"user", user_row_json(*account)}};
    co_return json_response(answer);
}

asio::awaitable<Answer> handle_delete_user(Call& call) {
    const auto id = read_path_id(call, Code::user_not_found);
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::delete_account(transaction, context, *id);
    };
    const auto deleted = co_await call.services.store.write(work);
    if (!deleted) co_return std::unexpected(deleted.error());
    call.services.wake_outbox();
    const json::object body{{"success", true}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_list_organizations(Call& call) {
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::list_organizations(transaction, context);
    };
    const auto organizations = co_await call.services.store.read(work);
    if (!organizations) co_return std::unexpected(organizations.error());
    json::array array;
    for (const auto& organization : *organizations) {
        array.push_back(organization_json(organization));
    }
    const json::object body{{"organizations", std::move(array)}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_create_organization(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto name = require(read_text(*body, "name", name_limits), "name");
    if (!name) co_return std::unexpected(name.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::create_organization(transaction, context, *name);
    };
    const auto organization = co_await call.services.store.write(work);
    if (!organization) co_return std::unexpected(organization.error());
    const json::object answer{{"organization", organization_json(*organization)}};
    co_return json_response(answer, 201);
}

asio::awaitable<Answer> handle_set_policy(Call& call) {
    const auto id = read_path_id(call, Code::organization_not_found);
    if (!id) co_return std::unexpected(id.error());
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto seconds = read_seconds(*body, "inactive_after_seconds", silence_limits);
    if (!seconds) co_return std::unexpected(seconds.error());
    const core::TrustPolicy policy{*seconds};
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::set_trust_policy(transaction, context, *id, policy);
    };
    const auto organization = co_await call.services.store.write(work);
    if (!organization) co_return std::unexpected(organization.error());
    json::object shown = organization_json(*organization);
    shown["inactive_after_seconds"] = policy.inactive_after.count();
    const json::object answer{{"organization", std::move(shown)}};
    co_return json_response(answer);
}

}  // namespace muster::api
