// The command line of Muster's clients. main/ adds these commands and its own to one parser, then
// calls run().
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

#include "cli/context.hpp"

namespace muster::cli {

/// `terminal` and `selection` must outlive the last use of `app`. Call it after the server's
/// commands were added or before: completions are written from the whole tree either way.
void add_client_commands(CLI::App& app, const Terminal& terminal, Selection& selection);

/// Parses, then runs what was selected. Returns the exit code: 0 done (also help and version),
/// 1 refused or failed, 2 a command line that makes no sense, 3 no server. Commands of others take
/// part by setting Selection::run in their callbacks.
int run(CLI::App& app, int argc, const char* const* argv, const Terminal& terminal,
        const Selection& selection);

}  // namespace muster::cli
