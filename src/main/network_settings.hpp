// The settings of the server's network.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "base/config.hpp"
#include "networks/connect.hpp"

namespace muster::main {

/// One sentence that begins with the key, if the values do not fit.
std::optional<std::string> find_network_fault(const base::Config& config);

/// What the operator set for the calls of all connections: authorities, proxy, time-out.
networks::ConnectionSettings common_connection_settings(const base::Config& config);
void take_common_settings(networks::ConnectionSettings& settings,
                          const networks::ConnectionSettings& common);

/// What use cases know of the server's network.
void take_network_rules(app::Rules& rules, const base::Config& config);

/// Empty: the network needs no connection. The values are without fault.
std::optional<networks::ConnectionSettings> connection_settings_from(const base::Config& config);

}  // namespace muster::main
