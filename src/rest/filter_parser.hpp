// `not.eq.5`, `in.(a,b)`, `fts(english).word`: what is asked of a column. Called by parser.cpp and
// logic_parser.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "rest/query.hpp"
#include "rest/scanner.hpp"

namespace muster::rest {

enum class Place {
    parameter,  ///< a plain operand is all the rest
    logic,      ///< it ends at ',' or ')', unless it is quoted or an array
};

/// Everything of `condition` but its field, and its array (see parse_elements).
bool parse_operation(Scanner& scanner, Place place, Condition& condition);

/// The value of a filter parameter. Fails: PGRST100.
Result<Condition> parse_filter(std::string_view value);

/// The list of a condition with (any) or (all), from its operand. Fails: 22P02, PGRST127 (NULL).
Result<void> parse_elements(Condition& condition);

}  // namespace muster::rest
