// Completion scripts for shells, written from the parser's own tree: a command that exists is
// completed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <CLI/App.hpp>

namespace muster::cli {

enum class Shell { bash, zsh, fish };

/// For the whole tree below `app`, whose name is the program's.
std::string completion_script(const CLI::App& app, Shell shell);

}  // namespace muster::cli
