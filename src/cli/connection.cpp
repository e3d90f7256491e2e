// muster network list, default, test, remove: connections that are there.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <boost/json.hpp>

#include "cli/command.hpp"
#include "cli/connection_output.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/lookup.hpp"
#include "cli/spinner.hpp"
#include "cli/table.hpp"
#include "cli/word_color.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

/// Where the network is reached, or which of several at its public service it is.
std::string address_of(const json::object& connection) {
    const std::string address = text_of(connection, "base_url");
    return address.empty() ? text_of(connection, "tailnet") : address;
}

void print_connections(const Context& context, const json::array& connections) {
    Table table(
        {"NAME", "NETWORK", "DEFAULT", "DEVICES", "JOBS", "STATE", "ADDRESS", "LAST ERROR"});
    for (const json::value& row : connections) {
        const json::object& connection = as_object(row);
        const std::string state = text_of(connection, "state");
        table.add({{text_of(connection, "name")},
                   {text_of(connection, "network")},
                   {is_true(connection, "is_default") ? "yes" : "-"},
                   {std::to_string(integer_of(connection, "devices"))},
                   {std::to_string(integer_of(connection, "waiting_jobs"))},
                   {or_dash(state), color_of(state)},
                   {or_dash(address_of(connection))},
                   {or_dash(text_of(connection, "last_error"))}});
    }
    table.print(context.terminal.out, is_colored(context));
}

Outcome<void> list_connections(const Context& context, const ApiClient& api,
                               const std::string& organization_id) {
    const auto answer = api.get(connections_route, {{"organization_id", organization_id}});
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json)
        print_json(context, *answer);
    else if (array_of(*answer, "connections").empty())
        context.terminal.out << "No networks are connected. Connect one: muster network add\n";
    else
        print_connections(context, array_of(*answer, "connections"));
    return {};
}

Outcome<void> make_default(const Context& context, const ApiClient& api, const std::string& typed) {
    const auto connection = find_organization_connection(api, typed);
    if (!connection) return std::unexpected(connection.error());
    const auto answer =
        api.send("PATCH", route_of(*connection), json::object{{"is_default", true}});
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json)
        print_json(context, *answer);
    else
        context.terminal.out << "Connection " << printable(connection->name)
                             << " is the default now: its organization's next devices join there. "
                                "Those that have joined a network stay where they are.\n";
    return {};
}

Outcome<void> test_connection(const Context& context, const ApiClient& api,
                              const std::string& typed) {
    const auto connection = find_connection(api, typed);
    if (!connection) return std::unexpected(connection.error());
    const auto answer = [&] {
        const Spinner spinner(context.terminal, "Asking the network");
        return api.send("POST", route_of(*connection) + "/test", json::object{});
    }();
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json)
        print_json(context, *answer);
    else
        show_probe(context, object_of(*answer, "probe"));
    return {};
}

struct RemoveOptions {
    std::string connection;
    bool is_forced = false;
};

void print_removed(const Context& context, const FoundConnection& connection) {
    std::ostream& out = context.terminal.out;
    out << "Connection " << printable(connection.name)
        << " is removed. Its credentials are deleted as soon as no waiting job needs them.\n";
    if (connection.devices > 0)
        out << "Devices that were on it: " << connection.devices
            << ". They keep their place on the network, and lose the trust that it gave.\n";
}

Outcome<void> remove_connection(const Context& context, const ApiClient& api,
                                const RemoveOptions& options) {
    const auto connection = find_organization_connection(api, options.connection);
    if (!connection) return std::unexpected(connection.error());
    auto answer =
        api.send("DELETE", route_of(*connection), {}, {{"force", options.is_forced ? "true" : ""}});
    if (!answer) {
        if (answer.error().code == "network_connection_in_use")
            answer.error().hint =
                "revoke them first (muster device revoke), so that they leave the "
                "network; or leave them there, without trust from it: --force";
        return std::unexpected(answer.error());
    }
    if (context.common.is_json)
        print_json(context, *answer);
    else
        print_removed(context, *connection);
    return {};
}

/// A command on one connection, which `run` is told as it was typed.
void add_connection_command(CLI::App& group, const ContextPtr& context, const CommandText& text,
                            Outcome<void> (*run)(const Context&, const ApiClient&,
                                                 const std::string&)) {
    CLI::App& command = add_command(group, context, text);
    const auto connection = std::make_shared<std::string>();
    command.add_option("connection", *connection, "Its name or id")->required();
    on_server(command, context, [connection, run](const Context& running, const ApiClient& api) {
        return run(running, api, *connection);
    });
}

void add_list(CLI::App& group, const ContextPtr& context) {
    CLI::App& list = add_command(group, context,
                                 {"list",
                                  "Lists connections to networks that you administer, and how they "
                                  "are doing",
                                  "muster network list"});
    const auto organization_id = std::make_shared<std::string>();
    list.add_option("--organization", *organization_id,
                    "Only this organization's: its id; default: all that you may see");
    on_server(list, context, [organization_id](const Context& running, const ApiClient& api) {
        return list_connections(running, api, *organization_id);
    });
}

void add_remove(CLI::App& group, const ContextPtr& context) {
    CLI::App& remove = add_command(
        group, context,
        {"remove",
         "Removes a connection. One that still has devices is kept, unless --force is given: they "
         "keep their place on the network then, and lose the trust that it gave",
         "muster network remove office"});
    const auto options = std::make_shared<RemoveOptions>();
    remove.add_option("connection", options->connection, "Its name or id")->required();
    remove.add_flag("--force", options->is_forced, "Remove it although devices are on it");
    on_server(remove, context, [options](const Context& running, const ApiClient& api) {
        return remove_connection(running, api, *options);
    });
}

}  // namespace

void add_connection_commands(CLI::App& group, const ContextPtr& context) {
    add_list(group, context);
    add_connection_command(group, context,
                           {"default", "Makes a connection the one that new devices join",
                            "muster network default office"},
                           make_default);
    add_connection_command(group, context,
                           {"test",
                            "Asks the network whether the credentials are good for all that is "
                            "needed; exit code 1 if they are refused. \"server\" is the server's "
                            "own network",
                            "muster network test office"},
                           test_connection);
    add_remove(group, context);
}

}  // namespace muster::cli
