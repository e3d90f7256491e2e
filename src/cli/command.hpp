// How a client command is put into the parser's tree; used by the files of the command groups.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include <CLI/App.hpp>

#include "cli/api_client.hpp"
#include "cli/context.hpp"

namespace muster::cli {

struct CommandText {
    std::string name;
    std::string description;
    std::string example;  ///< a whole command line, shown below --help
};

/// A command that has commands of its own, one of which must be given.
CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& description);

/// A command with the common options.
CLI::App& add_command(CLI::App& parent, const ContextPtr& context, const CommandText& text);

/// What `command` does when it was asked for. Returns the exit code.
void on_run(CLI::App& command, const ContextPtr& context, std::function<int(const Context&)> run);

/// The same for what needs a server and credentials; failures are reported.
using ServerCommand = std::function<Outcome<void>(const Context&, const ApiClient&)>;
void on_server(CLI::App& command, const ContextPtr& context, ServerCommand run);

/// --limit N, 1-10000, default 50.
void add_limit_option(CLI::App& command, std::size_t& limit);

}  // namespace muster::cli
