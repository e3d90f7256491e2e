// Whether a parsed query is of a size that is worth planning. Called by parser.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rest/failure.hpp"
#include "rest/query.hpp"

namespace muster::rest {

/// Counts what parser.hpp limits, and reads the arrays of (any) and (all) into their lists. Fails:
/// PGRST100 (one past a limit), 22P02 and PGRST127 (see parse_elements).
Result<void> check_limits(Query& query);

}  // namespace muster::rest
