// The log: one JSON object a line on stderr. Fields are named values; secrets have no way in
// (base/secret.hpp).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <variant>

namespace muster::base {

enum class LogLevel { debug, info, warning, error, off };

struct LogField {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;
};

/// Writes {"time","level","event",fields...}. `event` is a stable snake_case word. Any thread;
/// never throws. Control characters and bad UTF-8 in values are escaped.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

void set_log_level(LogLevel level);
bool is_logged(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view text);

}  // namespace muster::base
