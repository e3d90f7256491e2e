// PostgreSQL's containment and overlap of jsonb and text[], on JSON texts. Called by the SQL
// functions json_contains, array_contains and json_overlaps.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace muster::store {

inline constexpr std::size_t json_depth_max = 500;        ///< deeper texts are no values here
inline constexpr std::size_t json_steps_max = 5'000'000;  ///< comparisons for one pair of values

/// Empty: not JSON, or nested too deeply.
std::optional<boost::json::value> parse_json(std::string_view text);

/// `a @> b` of jsonb. Empty: takes more than json_steps_max comparisons.
std::optional<bool> json_contains(const boost::json::value& a, const boost::json::value& b);

/// The elements of a text[] that stands in the database as a JSON array, sorted. Nulls are left out
/// of `texts`: no element equals one.
struct TextArray {
    std::vector<std::string> texts;
    bool has_null = false;
};
/// Empty: not a JSON array.
std::optional<TextArray> parse_text_array(std::string_view text);

/// `a @> b` and `a && b` of text[].
bool array_contains(const TextArray& a, const TextArray& b);
bool arrays_overlap(const TextArray& a, const TextArray& b);

}  // namespace muster::store
