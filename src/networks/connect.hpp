// From settings to the connector of a network.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "networks/connection.hpp"
#include "networks/network.hpp"

namespace muster::networks {

/// `clock` and `random` must outlive it. Throws std::invalid_argument: no connector for it.
std::unique_ptr<Network> connect(const ConnectionSettings& settings, const base::Clock& clock,
                                 base::Random& random);

}  // namespace muster::networks
