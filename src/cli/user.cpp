// muster user list, create, role, delete.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json.hpp>

#include "cli/age.hpp"
#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/lookup.hpp"
#include "cli/table.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

struct UserOptions {
    std::string user;  ///< e-mail address or id
    std::string email;
    std::string name;
    std::string role;
    std::string organization_id;
    bool password_on_stdin = false;
    bool is_confirmed = false;
};

Outcome<void> list_users(const Context& context, const ApiClient& api) {
    const auto answer = api.get("/roster/v1/users");
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    if (array_of(*answer, "users").empty()) {
        context.terminal.out << "No users. Add one: muster user create --email E --name N\n";
        return {};
    }
    Table table({"ID", "EMAIL", "NAME", "ROLE", "ORGANIZATION", "LAST SIGN-IN"});
    for (const json::value& row : array_of(*answer, "users")) {
        const json::object& user = as_object(row);
        table.add(
            {{text_of(user, "id")},
             {text_of(user, "email")},
             {text_of(user, "full_name")},
             {text_of(user, "role")},
             {or_dash(text_of(user, "organization_id"))},
             {or_dash(age_of(text_of(user, "last_sign_in_at"), context.terminal.clock.now()))}});
    }
    table.print(context.terminal.out, is_colored(context));
    return {};
}

Outcome<void> create_user(const Context& context, const ApiClient& api,
                          const UserOptions& options) {
    json::object fields{{"email", options.email}, {"full_name", options.name}};
    if (!options.role.empty()) fields["role"] = options.role;
    if (!options.organization_id.empty()) fields["organization_id"] = options.organization_id;
    if (options.password_on_stdin) {
        const auto password = read_secret(context.terminal, "Password of the new user: ");
        if (!password) return refuse_usage("no password was given");
        fields["password"] = password->reveal();
    }
    const auto answer = api.send("POST", "/roster/v1/users", std::move(fields));
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    const json::object& user = object_of(*answer, "user");
    context.terminal.out << "User " << printable(text_of(user, "email")) << " ("
                         << printable(text_of(user, "role")) << ") is created, id "
                         << printable(text_of(user, "id")) << ".\n";
    if (!options.password_on_stdin)
        context.terminal.out << "Without a password, they cannot sign in with one.\n";
    return {};
}

Outcome<void> set_role(const Context& context, const ApiClient& api, const UserOptions& options) {
    const auto id = find_user_id(api, options.user);
    if (!id) return std::unexpected(id.error());
    const auto answer =
        api.send("PATCH", "/roster/v1/users/" + *id, json::object{{"role", options.role}});
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json)
        print_json(context, *answer);
    else
        context.terminal.out << "User " << printable(options.user) << " has role " << options.role
                             << " now.\n";
    return {};
}

Outcome<void> delete_user(const Context& context, const ApiClient& api,
                          const UserOptions& options) {
    if (!options.is_confirmed)
        return refuse_usage("this removes the user and all of their devices for good: add --yes");
    const auto id = find_user_id(api, options.user);
    if (!id) return std::unexpected(id.error());
    const auto answer = api.send("DELETE", "/roster/v1/users/" + *id);
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json)
        print_json(context, *answer);
    else
        context.terminal.out << "User " << printable(options.user) << " is deleted.\n";
    return {};
}

const CLI::IsMember& role_check() {
    static const CLI::IsMember check({"user", "support", "org_admin", "global_admin"});
    return check;
}

void add_create(CLI::App& group, const ContextPtr& context) {
    CLI::App& create = add_command(
        group, context,
        {"create", "Adds a person",
         "muster user create --email ada@example.org --name \"Ada L\" --password-stdin < file"});
    const auto options = std::make_shared<UserOptions>();
    create.add_option("--email", options->email, "Their e-mail address")->required();
    create.add_option("--name", options->name, "Their full name")->required();
    create.add_option("--role", options->role, "What they may do; default: user")
        ->check(role_check());
    create.add_option("--organization", options->organization_id,
                      "The organisation's id; default: yours");
    create.add_flag("--password-stdin", options->password_on_stdin,
                    "Take a password from the first line of standard input");
    on_server(create, context, [options](const Context& running, const ApiClient& api) {
        return create_user(running, api, *options);
    });
}

void add_role(CLI::App& group, const ContextPtr& context) {
    CLI::App& role = add_command(
        group, context,
        {"role", "Changes what a person may do", "muster user role ada@example.org org_admin"});
    const auto options = std::make_shared<UserOptions>();
    role.add_option("user", options->user, "E-mail address or id")->required();
    role.add_option("role", options->role, "The new role")->required()->check(role_check());
    on_server(role, context, [options](const Context& running, const ApiClient& api) {
        return set_role(running, api, *options);
    });
}

void add_delete(CLI::App& group, const ContextPtr& context) {
    CLI::App& remove = add_command(group, context,
                                   {"delete", "Removes a person and revokes all of their devices",
                                    "muster user delete ada@example.org --yes"});
    const auto options = std::make_shared<UserOptions>();
    remove.add_option("user", options->user, "E-mail address or id")->required();
    remove.add_flag("--yes", options->is_confirmed, "Yes, for good");
    on_server(remove, context, [options](const Context& running, const ApiClient& api) {
        return delete_user(running, api, *options);
    });
}

}  // namespace

void add_user_commands(CLI::App& app, const ContextPtr& context) {
    CLI::App& group = add_group(app, "user", "People with an account");
    on_server(add_command(group, context,
                          {"list", "Lists the people that you may see", "muster user list"}),
              context, list_users);
    add_create(group, context);
    add_role(group, context);
    add_delete(group, context);
}

}  // namespace muster::cli
