// Points in time, as stored and as shown. Used by every layer that keeps or compares time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace muster::core {

/// UTC, to the microsecond: what PostgreSQL's timestamptz keeps.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// The one stored form, 2026-11-23T10:00:00.120000+00:00: text order is time order.
std::string to_text(Timestamp at);

/// As PostgreSQL writes it into JSON: to_text with trailing zeros (and a bare point) trimmed.
std::string to_json_text(Timestamp at);

/// Seconds since 1970, rounded down (JWT's NumericDate, RFC 7519 section 2).
std::int64_t to_unix_seconds(Timestamp at);
Timestamp from_unix_seconds(std::int64_t seconds);

/// RFC 3339, also with a space for the T and without minutes in the offset. Empty: not one.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace muster::core
