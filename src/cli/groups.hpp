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

// Parts of a group, in files of their own.
void add_device_network_commands(CLI::App& group, const ContextPtr& context);  // device_network.cpp
void add_connection_commands(CLI::App& group, const ContextPtr& context);      // connection.cpp
void add_connection_input_commands(CLI::App& group,
                                   const ContextPtr& context);         // connection_input.cpp
void add_netbird_command(CLI::App& group, const ContextPtr& context);  // netbird.cpp

}  // namespace muster::cli
