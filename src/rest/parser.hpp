// The table API's query-string grammar (PostgREST "tables and views" and "resource embedding"
// reference pages). Pure: no catalog, no database. Called by api/rest.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "rest/failure.hpp"
#include "rest/query.hpp"

namespace muster::rest {

// One past each of these is PGRST100.
inline constexpr std::size_t parameters_max = 200;      ///< key=value pairs of a query string
inline constexpr std::size_t nesting_max = 16;          ///< embeds in embeds, logic in logic
inline constexpr std::size_t select_items_max = 500;    ///< of all levels together
inline constexpr std::size_t conditions_max = 500;      ///< of all levels together
inline constexpr std::size_t list_items_max = 5'000;    ///< of one in.(...)

using Parameters = std::span<const std::pair<std::string, std::string>>;

/// `parameters`: form-decoded, in order, repeats kept. Fails: PGRST100 (grammar), PGRST108 (a
/// parameter for an embed that is not selected), PGRST103 (negative limit).
Result<Query> parse_query(Parameters parameters);

}  // namespace muster::rest
