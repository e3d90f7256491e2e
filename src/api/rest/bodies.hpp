// Request bodies of the table API as rows: JSON, CSV, forms. Pure; called by api/rest/tables.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include "api/rest/media_types.hpp"
#include "rest/failure.hpp"

namespace muster::api {

// One past each of these is PGRST102.
inline constexpr std::size_t rows_max = 10'000;
inline constexpr std::size_t body_columns_max = 200;
inline constexpr std::size_t body_depth_max = 32;  ///< JSON in JSON, the row and its array included

struct Rows {
    /// The first row's keys in their order, no repeats. Every row has exactly these unless
    /// `keys` said that they may differ: then every key that occurs, in order of appearance.
    std::vector<std::string> columns = {};
    boost::json::array values = {};  ///< objects; CSV and form values are texts or null
    bool was_array = false;          ///< false: one object, whose answer may be singular
};

enum class Keys {
    uniform,  ///< no columns=: rows of other keys than the first are refused
    may_differ,
};

/// A scalar is no rows. Fails: PGRST102 (not of that type, one past a limit, keys that differ),
/// 22023 (columns= and an element that is no object), 22021 and 22P05 (NUL, which no text holds).
rest::Result<Rows> parse_rows(std::string_view body, BodyType type, Keys keys);

}  // namespace muster::api
