// order=: terms with directions. Called by parser.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "rest/query.hpp"
#include "rest/scanner.hpp"

namespace muster::rest {

/// Fails: PGRST100.
Result<std::vector<OrderTerm>> parse_order(std::string_view value);

}  // namespace muster::rest
