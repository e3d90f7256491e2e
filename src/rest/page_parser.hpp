// limit= and offset=. Called by parser.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rest/failure.hpp"
#include "rest/query.hpp"

namespace muster::rest {

struct Page {
    std::optional<std::int64_t> limit = {};
    std::optional<std::int64_t> offset = {};
};

/// A whole number with blanks around it, cut to what fits; empty: anything else, which PostgREST
/// takes for no number at all.
std::optional<std::int64_t> parse_count(std::string_view text);

/// Rows before the first do not exist: a negative offset shortens the page. Fails: PGRST103.
Result<void> apply_page(const Page& page, Level& level);
/// Inside an embed PostgreSQL itself judges. Fails: 2201W (limit), 2201X (offset).
Result<void> apply_embed_page(const Page& page, Level& level);

}  // namespace muster::rest
