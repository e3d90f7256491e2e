// The program: one binary, many commands. Those of the server's host come from main/, those that
// speak to a server from cli/.
// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <iostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/clock.hpp"
#include "cli/commands.hpp"
#include "main/server_commands.hpp"

int main(int argc, char** argv) {
    try {
        const muster::base::SystemClock clock;
        const muster::cli::Terminal terminal = muster::cli::system_terminal(clock);
        muster::cli::Selection selection;
        CLI::App app("Muster keeps the roster of an organization's devices.", "muster");
        app.set_version_flag("--version", MUSTER_VERSION);
        muster::main::add_server_commands(app, terminal, selection);
        muster::cli::add_client_commands(app, terminal, selection);
        return muster::cli::run(app, argc, argv, terminal, selection);
    } catch (const std::exception& failure) {
        std::cerr << "error: " << failure.what() << '\n';
        return 1;
    }
}
