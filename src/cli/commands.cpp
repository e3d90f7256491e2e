// All groups, and the one place that turns parser errors and exceptions into exit codes.
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <exception>
#include <ostream>
#include <string>
#include <vector>

#include "cli/groups.hpp"

namespace muster::cli {
namespace {

/// "muster device list": as much of a command as was understood.
std::string command_line_of(const CLI::App& app) {
    std::string line = app.get_name();
    const auto chosen = app.get_subcommands();
    if (!chosen.empty()) line += " " + command_line_of(*chosen.front());
    return line;
}

/// What was understood ends at a group of commands, so that one of them is missing.
bool is_group_chosen(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app.get_require_subcommand_min() > 0 : is_group_chosen(*chosen.front());
}

/// Help and version are errors to the parser, but not to people.
int finish_parsing(CLI::App& app, const CLI::ParseError& error, const Terminal& terminal) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
        return app.exit(error, terminal.out, terminal.err);
    std::string message = error.what();
    // The parser's own words are "A subcommand is required", also for one that is misspelt.
    const std::vector<std::string> unknown = app.remaining(true);
    if (error.get_name() == "RequiredError" && !unknown.empty() &&
        !unknown.front().starts_with('-') && is_group_chosen(app))
        message = "there is no command \"" + unknown.front() + "\"";
    terminal.err << "error: " << printable(message) << "\nhint: " << command_line_of(app)
                 << " --help\n";
    return exit_usage;
}

}  // namespace

void add_client_commands(CLI::App& app, const Terminal& terminal, Selection& selection) {
    const auto context = std::make_shared<Context>(Context{terminal, selection, {}});
    add_enroll_command(app, context);
    add_login_commands(app, context);
    add_device_commands(app, context);
    add_token_commands(app, context);
    add_history_commands(app, context);
    add_user_commands(app, context);
    add_organization_commands(app, context);
    add_network_commands(app, context);
    add_completion_command(app, context);
}

int run(CLI::App& app, int argc, const char* const* argv, const Terminal& terminal,
        const Selection& selection) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return finish_parsing(app, error, terminal);
    }
    if (!selection.run) {
        terminal.err << app.help();
        return exit_usage;
    }
    try {
        const int exit_code = selection.run();
        terminal.out.flush();
        return exit_code;
    } catch (const std::exception& failure) {
        terminal.err << "error: " << printable(failure.what()) << '\n';
        return exit_refused;
    }
}

}  // namespace muster::cli
