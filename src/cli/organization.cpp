// muster org list, create.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <boost/json.hpp>

#include "cli/age.hpp"
#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/table.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

Outcome<void> list_organizations(const Context& context, const ApiClient& api) {
    const auto answer = api.get("/roster/v1/organizations");
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    if (array_of(*answer, "organizations").empty()) {
        context.terminal.out << "No organisations. Add one: muster org create NAME\n";
        return {};
    }
    Table table({"ID", "NAME", "CREATED"});
    for (const json::value& row : array_of(*answer, "organizations")) {
        const json::object& organization = as_object(row);
        table.add({{text_of(organization, "id")},
                   {text_of(organization, "name")},
                   {age_of(text_of(organization, "created_at"), context.terminal.clock.now())}});
    }
    table.print(context.terminal.out, is_colored(context));
    return {};
}

Outcome<void> create_organization(const Context& context, const ApiClient& api,
                                  const std::string& name) {
    const auto answer = api.send("POST", "/roster/v1/organizations", json::object{{"name", name}});
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    const json::object& organization = object_of(*answer, "organization");
    context.terminal.out << "Organisation " << printable(text_of(organization, "name"))
                         << " is created, id " << printable(text_of(organization, "id")) << ".\n";
    return {};
}

}  // namespace

void add_organization_commands(CLI::App& app, const ContextPtr& context) {
    CLI::App& group = add_group(app, "org", "Organisations");
    on_server(add_command(group, context,
                          {"list", "Lists the organisations that you may see", "muster org list"}),
              context, list_organizations);
    CLI::App& create = add_command(
        group, context, {"create", "Adds an organisation", "muster org create \"Acme Ltd\""});
    const auto name = std::make_shared<std::string>();
    create.add_option("name", *name, "What it is called")->required();
    on_server(create, context, [name](const Context& running, const ApiClient& api) {
        return create_organization(running, api, *name);
    });
}

}  // namespace muster::cli
