// The parser only selects; what was selected runs after the whole command line was understood.
// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace muster::cli {

CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& description) {
    CLI::App& group = *parent.add_subcommand(name, description);
    group.require_subcommand(1);
    return group;
}

CLI::App& add_command(CLI::App& parent, const ContextPtr& context, const CommandText& text) {
    CLI::App& command = *parent.add_subcommand(text.name, text.description);
    command.footer("Example:\n  " + text.example);
    const std::string group = "Common options";
    CommonOptions& common = context->common;
    command
        .add_option("--url", common.url,
                    "The server's address; default: MUSTER_URL, else where you are signed in")
        ->group(group);
    command
        .add_option("--ca-file", common.ca_file,
                    "Certificates to trust, PEM; default: MUSTER_CA_FILE, else the system's")
        ->group(group);
    command.add_flag("--json", common.is_json, "Print JSON for scripts instead of text")
        ->group(group);
    command.add_flag("--no-color", common.is_plain, "No colours; NO_COLOR does the same")
        ->group(group);
    return command;
}

void on_run(CLI::App& command, const ContextPtr& context, std::function<int(const Context&)> run) {
    command.callback([context, run = std::move(run)] {
        context->selection.run = [context, run] { return run(*context); };
    });
}

void on_server(CLI::App& command, const ContextPtr& context, ServerCommand run) {
    on_run(command, context, [run = std::move(run)](const Context& running) {
        const auto api = ApiClient::connect(running);
        if (!api) return report(running, api.error());
        const auto outcome = run(running, *api);
        return outcome ? exit_done : report(running, outcome.error());
    });
}

void add_limit_option(CLI::App& command, std::size_t& limit) {
    command.add_option("--limit", limit, "How many at most")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
}

}  // namespace muster::cli
