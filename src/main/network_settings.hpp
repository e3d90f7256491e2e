// The settings of the server's network.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/config.hpp"
#include "networks/connect.hpp"

namespace muster::main {

/// One sentence that begins with the key, if the values do not fit.
std::optional<std::string> find_network_fault(const base::Config& config);

/// Empty: the network needs no connection. The values are without fault.
std::optional<networks::ConnectionSettings> connection_settings_from(const base::Config& config);

}  // namespace muster::main
