// select=: columns, JSON paths, casts, aggregates, embeds and spreads. Called by parser.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "rest/query.hpp"
#include "rest/scanner.hpp"

namespace muster::rest {

using SelectItems = std::vector<std::variant<SelectField, Embed>>;

/// What follows a complete list is left unread. Fails: PGRST100.
Result<SelectItems> parse_select(std::string_view value);

}  // namespace muster::rest
