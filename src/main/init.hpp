// `muster init` and `muster keys`: the first admin, and the keys that clients are configured with.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "main/settings.hpp"

namespace muster::main {

struct InitInput {
    std::string email;
    std::string full_name = "Administrator";
    std::string organization = "My organization";
    bool password_from_stdin = false;
    bool json = false;
};

/// On a stopped or running server. Exit 1, and nothing changed, when there is an administrator
/// already; exit 2 for input that cannot be. Throws StartError.
int init(const Settings& settings, const InitInput& input, const cli::Terminal& terminal);

/// Throws StartError.
int print_keys(const Settings& settings, bool json, const cli::Terminal& terminal);

}  // namespace muster::main
