// How alike two names are: for the hints in errors about names that do not exist.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace muster::rest {

/// Names longer than this are alike to nothing: PostgreSQL's limit of identifiers.
inline constexpr std::size_t name_length_max = 63;

/// 0 to 1: the share of letters that need no edit, as PostgREST compares names.
double similarity(std::string_view one, std::string_view other);

/// At most three edits, and fewer than half the letters: when PostgreSQL offers another column.
bool is_near_miss(std::string_view written, std::string_view existing);

}  // namespace muster::rest
