// A text[] that stands in the database as a JSON array, as PostgreSQL writes it: {a,"b c",NULL}.
// Called by the SQL function array_text and by rest/rendering.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::store {

/// Empty: not a JSON array.
std::optional<std::string> array_text(std::string_view json);

}  // namespace muster::store
