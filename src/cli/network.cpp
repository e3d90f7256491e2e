// muster network nodes.
// SPDX-License-Identifier: Apache-2.0
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

Outcome<void> list_nodes(const Context& context, const ApiClient& api) {
    const auto answer = api.get("/roster/v1/network/nodes");
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    const std::string network = text_of(*answer, "network");
    if (array_of(*answer, "nodes").empty()) {
        context.terminal.out << "No nodes on network " << printable(or_dash(network))
                             << ". They come with: muster enroll\n";
        return {};
    }
    Table table({"NODE", "HOST NAME", "ADDRESS", "ONLINE", "LAST SEEN", "TAGS"});
    for (const json::value& row : array_of(*answer, "nodes")) {
        const json::object& node = as_object(row);
        const bool is_online = is_true(node, "online");
        table.add({{text_of(node, "id")},
                   {text_of(node, "hostname")},
                   {text_of(node, "ip")},
                   {is_online ? "yes" : "no", is_online ? Color::good : Color::fair},
                   {or_dash(age_of(text_of(node, "last_seen"), context.terminal.clock.now()))},
                   {or_dash(joined(array_of(node, "tags")))}});
    }
    table.print(context.terminal.out, is_colored(context));
    return {};
}

}  // namespace

void add_network_commands(CLI::App& app, const ContextPtr& context) {
    CLI::App& group = add_group(app, "network", "The private network that devices join");
    on_server(add_command(
                  group, context,
                  {"nodes", "Lists what the network itself says is on it", "muster network nodes"}),
              context, list_nodes);
}

}  // namespace muster::cli
