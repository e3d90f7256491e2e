// The command groups, one file each; cli/commands.cpp puts them together.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

#include "cli/context.hpp"

namespace muster::cli {

void add_login_commands(CLI::App& app, const ContextPtr& context);         // login.cpp
void add_enroll_command(CLI::App& app, const ContextPtr& context);         // enroll.cpp
void add_device_commands(CLI::App& app, const ContextPtr& context);        // device.cpp
void add_token_commands(CLI::App& app, const ContextPtr& context);         // token.cpp
void add_history_commands(CLI::App& app, const ContextPtr& context);       // history.cpp
void add_user_commands(CLI::App& app, const ContextPtr& context);          // user.cpp
void add_organization_commands(CLI::App& app, const ContextPtr& context);  // organization.cpp
void add_network_commands(CLI::App& app, const ContextPtr& context);       // network.cpp
void add_completion_command(CLI::App& app, const ContextPtr& context);     // completion.cpp

}  // namespace muster::cli
