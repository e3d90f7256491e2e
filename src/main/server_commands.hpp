// The commands that work on the server's own host: serve, init, keys, migrate, reference.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

#include "cli/commands.hpp"

namespace muster::main {

/// `terminal` and `selection` must outlive the last use of `app`.
void add_server_commands(CLI::App& app, const cli::Terminal& terminal, cli::Selection& selection);

}  // namespace muster::main
