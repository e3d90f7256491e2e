// muster network nodes, shadow, check, sync; connections are in connection.cpp and
// connection_input.cpp, NetBird's own API in netbird.cpp.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <boost/json.hpp>

#include "cli/age.hpp"
#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/lookup.hpp"
#include "cli/node_output.hpp"
#include "cli/spinner.hpp"
#include "cli/table.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

struct NetworkOptions {
    std::string connection;
    std::string identifier;
};

/// The route's JSON, with the nodes of the connection that was named.
Outcome<json::object> fetch_nodes(const ApiClient& api, const std::string& route,
                                  const NetworkOptions& options) {
    const std::string path = "/roster/v1/network/" + route;
    if (options.connection.empty()) return api.get(path);
    const auto connection = find_connection(api, options.connection);
    if (!connection) return std::unexpected(connection.error());
    return api.get(path, {{"connection", connection->id}});
}

Cell online_cell(const json::object& node) {
    if (is_true(node, "expired")) return {"expired", Color::bad};
    if (is_true(node, "needs_approval")) return {"needs approval", Color::fair};
    return is_true(node, "online") ? Cell{"yes", Color::good} : Cell{"no", Color::fair};
}

void print_nodes(const Context& context, const json::array& nodes) {
    Table table({"NODE", "HOST NAME", "ADDRESS", "ONLINE", "LAST SEEN", "USER", "TAGS"});
    for (const json::value& row : nodes) {
        const json::object& node = as_object(row);
        table.add({{text_of(node, "id")},
                   {text_of(node, "hostname")},
                   {or_dash(text_of(node, "ip"))},
                   online_cell(node),
                   {or_dash(age_of(text_of(node, "last_seen"), context.terminal.clock.now()))},
                   {or_dash(text_of(node, "user"))},
                   {or_dash(joined(array_of(node, "tags")))}});
    }
    table.print(context.terminal.out, is_colored(context));
}

Outcome<void> list_nodes(const Context& context, const ApiClient& api,
                         const NetworkOptions& options) {
    const auto answer = fetch_nodes(api, "nodes", options);
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    if (array_of(*answer, "nodes").empty())
        context.terminal.out << "No nodes on network "
                             << printable(or_dash(text_of(*answer, "network")))
                             << ". They come with: muster enroll\n";
    else
        print_nodes(context, array_of(*answer, "nodes"));
    return {};
}

Outcome<void> list_shadows(const Context& context, const ApiClient& api,
                           const NetworkOptions& options) {
    const auto answer = fetch_nodes(api, "shadows", options);
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    std::ostream& out = context.terminal.out;
    if (array_of(*answer, "nodes").empty()) {
        out << "No shadow devices on network " << printable(or_dash(text_of(*answer, "network")))
            << ": each node belongs to a device on the roster.\n";
        return {};
    }
    print_nodes(context, array_of(*answer, "nodes"));
    out << "\nThese nodes joined without Muster, and belong to no device on the roster.\n"
           "One that you know: enroll it with a key of its own (muster token create, then muster "
           "enroll there).\n"
           "One that you don't: remove it where the network itself is administered.\n";
    return {};
}

Outcome<json::object> act(const Context& context, const ApiClient& api, json::object fields,
                          const NetworkOptions& options) {
    if (!options.connection.empty()) {
        const auto connection = find_organization_connection(api, options.connection);
        if (!connection) return std::unexpected(connection.error());
        fields["connection_id"] = connection->id;
    }
    const Spinner spinner(context.terminal, "Asking the network");
    return api.network_action(std::move(fields));
}

Outcome<void> check_node(const Context& context, const ApiClient& api,
                         const NetworkOptions& options) {
    const auto answer = act(
        context, api, {{"action", "check-device"}, {"identifier", options.identifier}}, options);
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) print_json(context, *answer);
    if (!is_true(*answer, "found")) {
        const std::string message = text_of(*answer, "message");
        return refuse(
            message.empty() ? "the network has no node \"" + options.identifier + "\"" : message,
            "muster network nodes");
    }
    if (context.common.is_json) return {};
    const bool is_online = is_true(*answer, "online");
    context.terminal.out << printable(options.identifier) << " is "
                         << paint(is_online ? "online" : "offline",
                                  is_online ? Color::good : Color::fair, is_colored(context))
                         << ".\n";
    show_node(context, object_of(*answer, "device"));
    return {};
}

Outcome<void> synchronize(const Context& context, const ApiClient& api,
                          const NetworkOptions& options) {
    const auto answer = act(context, api, {{"action", "sync-devices"}}, options);
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    const std::int64_t nodes = integer_of(*answer, "totalTailscaleDevices");
    const std::int64_t synced = integer_of(*answer, "synced");
    context.terminal.out << "Nodes on the network: " << nodes
                         << "; of them devices on the roster, which are up to date now: " << synced
                         << ".\n";
    if (nodes > synced) context.terminal.out << "The others are shown by: muster network shadow\n";
    return {};
}

constexpr const char* connection_naming =
    "Name or id of a connection; default: your organization's, else the server's own";
constexpr const char* any_network_naming =
    "Name or id of a connection, or \"server\" for the server's own; default: your organization's, "
    "else the server's own";

using NetworkRun = Outcome<void> (*)(const Context&, const ApiClient&, const NetworkOptions&);

/// A command on the network of a connection, which is named as `naming` says.
CLI::App& add_network_command(CLI::App& group, const ContextPtr& context, const CommandText& text,
                              const std::shared_ptr<NetworkOptions>& options, NetworkRun run,
                              const char* naming = connection_naming) {
    CLI::App& command = add_command(group, context, text);
    command.add_option("--connection", options->connection, naming);
    on_server(command, context, [options, run](const Context& running, const ApiClient& api) {
        return run(running, api, *options);
    });
    return command;
}

}  // namespace

void add_network_commands(CLI::App& app, const ContextPtr& context) {
    CLI::App& group = add_group(app, "network", "The private networks that devices join");
    add_connection_commands(group, context);
    add_connection_input_commands(group, context);
    add_network_command(group, context,
                        {"nodes", "Lists what the network itself says is on it",
                         "muster network nodes --connection office"},
                        std::make_shared<NetworkOptions>(), list_nodes, any_network_naming);
    add_network_command(
        group, context,
        {"shadow", "Lists shadow devices: nodes that joined the network without Muster",
         "muster network shadow"},
        std::make_shared<NetworkOptions>(), list_shadows, any_network_naming);
    const auto options = std::make_shared<NetworkOptions>();
    add_network_command(group, context,
                        {"check", "Asks the network for one node; exit code 1 if it is not there",
                         "muster network check ada-laptop"},
                        options, check_node)
        .add_option("identifier", options->identifier, "Host name, full name or address")
        ->required();
    add_network_command(group, context,
                        {"sync",
                         "Compares the roster with the network now; the server also does it by "
                         "itself",
                         "muster network sync"},
                        std::make_shared<NetworkOptions>(), synchronize);
    add_netbird_command(group, context);
}

}  // namespace muster::cli
