// Numbers that may be anything.
// SPDX-License-Identifier: Apache-2.0
#include "rest/page_parser.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace muster::rest {

std::optional<std::int64_t> parse_count(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return std::nullopt;
    text = text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (rest != end || error == std::errc::invalid_argument) return std::nullopt;
    if (error != std::errc::result_out_of_range) return number;
    using Limits = std::numeric_limits<std::int64_t>;
    return text.front() == '-' ? Limits::min() : Limits::max();
}

Result<void> apply_page(const Page& page, Level& level) {
    const std::int64_t before = std::min<std::int64_t>(page.offset.value_or(0), 0);
    level.offset = std::max<std::int64_t>(page.offset.value_or(0), 0);
    level.limit = page.limit;
    if (!level.limit) return {};
    // Neither sum overflows: one of the two is not negative.
    if (*level.limit >= 0) *level.limit += before;
    if (*level.limit >= 0) return {};
    return fail("PGRST103", "Requested range not satisfiable",
                "Limit should be greater than or equal to zero.");
}

Result<void> apply_embed_page(const Page& page, Level& level) {
    if (page.limit.value_or(0) < 0) return fail("2201W", "LIMIT must not be negative");
    if (page.offset.value_or(0) < 0) return fail("2201X", "OFFSET must not be negative");
    level.limit = page.limit;
    level.offset = page.offset.value_or(0);
    return {};
}

}  // namespace muster::rest
