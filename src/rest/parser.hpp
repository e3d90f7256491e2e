// The table API's query-string grammar (PostgREST "tables and views" and "resource embedding"
// reference pages). Pure: no catalog, no database. Called by api/rest.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/failure.hpp"
#include "rest/query.hpp"

namespace muster::rest {

// One past each of these is PGRST100.
inline constexpr std::size_t parameters_max = 200;    ///< key=value pairs of a query string
inline constexpr std::size_t nesting_max = 16;        ///< embeds in embeds, logic in logic
inline constexpr std::size_t select_items_max = 500;  ///< of all levels together
inline constexpr std::size_t conditions_max = 500;    ///< of all levels together
inline constexpr std::size_t list_items_max = 5'000;  ///< of one in.(...)
inline constexpr std::size_t json_steps_max = 16;     ///< arrows of one JSON path

/// Takes a query string apart, form-decoded, in order, repeats kept. As in PostgREST a name without
/// '=' is left out, and a '%' that encodes nothing stands for itself.
std::vector<std::pair<std::string, std::string>> parse_parameters(std::string_view query);

using Parameters = std::span<const std::pair<std::string, std::string>>;

/// `parameters`: as parse_parameters() gives them, without those that are not the table API's
/// (apikey). Fails: PGRST100 (grammar), PGRST108 (a parameter for an embed that is not selected),
/// PGRST103 (negative limit; of an embed 2201W, 2201X), 22021 (no UTF-8, or NUL), 22P02 (the array
/// of an operator with (any) or (all)).
Result<Query> parse_query(Parameters parameters);

}  // namespace muster::rest
