// What is wrong with settings whose types are right.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/config.hpp"

namespace muster::main {

/// One sentence that begins with the key. Empty: nothing.
std::optional<std::string> find_fault(const base::Config& config);

}  // namespace muster::main
