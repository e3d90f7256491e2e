// Durations as Go writes them, which is how clients of GoTrue say how long a ban is.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace muster::api {

/// A hundred years.
inline constexpr std::chrono::hours go_duration_max = std::chrono::days(36'525);

/// "300ms", "1.5h", "2h45m": numbers with ns, us, ms, s, m or h. Empty: something else, less than
/// nothing, or more than go_duration_max.
std::optional<std::chrono::microseconds> parse_go_duration(std::string_view text);

}  // namespace muster::api
