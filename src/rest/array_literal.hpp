// PostgreSQL's text form of an array: {a,"b c",NULL}. Called by filter_parser.cpp, and by whoever
// compares a text[] column.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/failure.hpp"

namespace muster::rest {

/// An unquoted NULL is an empty optional. Arrays of arrays are not taken. Fails: 22P02.
Result<std::vector<std::optional<std::string>>> parse_array(std::string_view text);

}  // namespace muster::rest
