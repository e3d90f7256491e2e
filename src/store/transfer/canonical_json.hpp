// One text for each value of jsonb, so that what SQLite keeps as it was written and what PostgreSQL
// writes anew can be compared.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::store::transfer {

/// Without spaces, members in the order of their names' bytes (of several of one name the last),
/// escapes only where JSON needs them, numbers as canonical_number() has them. Empty: not JSON.
std::optional<std::string> canonical_json(std::string_view text);

/// A decimal number of any size: its digits without zeros at either end, then "e" and the exponent
/// if that is not 0: 1200 and 1.2E3 are 12e2. What is no number comes back as it is.
std::string canonical_number(std::string_view text);

}  // namespace muster::store::transfer
