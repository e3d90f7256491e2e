// muster org list, create, policy.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <boost/json.hpp>

#include "base/config.hpp"
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

struct Policy {
    std::string organization_id;
    std::string inactive_after;
};

Outcome<void> set_policy(const Context& context, const ApiClient& api, const Policy& policy) {
    const auto limit = base::parse_duration(policy.inactive_after);
    if (!limit) {
        return refuse_usage("--inactive-after takes a number with s, m, h or d, such as 14d");
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*limit).count();
    const auto answer = api.send("PATCH", "/roster/v1/organizations/" + policy.organization_id,
                                 json::object{{"inactive_after_seconds", seconds}});
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    context.terminal.out << "Devices of "
                         << printable(text_of(object_of(*answer, "organization"), "name"))
                         << " are inactive when not seen for " << policy.inactive_after << ".\n";
    return {};
}

void add_policy_command(CLI::App& group, const ContextPtr& context) {
    CLI::App& command =
        add_command(group, context,
                    {"policy", "Sets how long an organisation's devices may be silent",
                     "muster org policy ID --inactive-after 14d"});
    const auto policy = std::make_shared<Policy>();
    command.add_option("id", policy->organization_id, "The organisation's id")->required();
    command.add_option("--inactive-after", policy->inactive_after, "A duration, such as 14d")
        ->required();
    on_server(command, context, [policy](const Context& running, const ApiClient& api) {
        return set_policy(running, api, *policy);
    });
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
    add_policy_command(group, context);
}

}  // namespace muster::cli
