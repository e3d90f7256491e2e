// The settings of the database.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/config.hpp"
#include "main/settings.hpp"

namespace muster::main {

/// What a type alone cannot check: one sentence that begins with the key.
std::optional<std::string> find_store_fault(const base::Config& config);

/// Expects settings.data to be there.
void take_store(Settings& settings, const base::Config& config);

}  // namespace muster::main
