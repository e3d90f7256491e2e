// The log: one JSON object a line on stderr.
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/encoding.hpp"

namespace muster::base {
namespace {

struct LevelRow {
    LogLevel level;
    std::string_view word;
    spdlog::level::level_enum sink_level;
};
constexpr std::array<LevelRow, 5> level_table{{
    {LogLevel::debug, "debug", spdlog::level::debug},
    {LogLevel::info, "info", spdlog::level::info},
    {LogLevel::warning, "warning", spdlog::level::warn},
    {LogLevel::error, "error", spdlog::level::err},
    {LogLevel::off, "off", spdlog::level::off},
}};

const LevelRow& row_of(LogLevel level) {
    return level_table[std::to_underlying(level)];
}

spdlog::logger& sink() {
    // Never destroyed: threads may log while the program ends.
    static spdlog::logger& logger = *[] {
        auto made = std::make_unique<spdlog::logger>(
            "muster", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->set_level(spdlog::level::info);
        return made.release();
    }();
    return logger;
}

void append_escaped(std::string& json, unsigned code_point) {
    fmt::format_to(std::back_inserter(json), "\\u{:04x}", code_point);
}

/// DEL and C1 are escaped too: a terminal that shows the log must not obey it.
void append_string(std::string& json, std::string_view text) {
    json += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_front(text);
        const auto byte = static_cast<unsigned char>(text[0]);
        if (length == 0) {
            append_escaped(json, 0xfffd);
        } else if (byte == '"' || byte == '\\') {
            json += '\\';
            json += text[0];
        } else if (byte < 0x20 || byte == 0x7f) {
            append_escaped(json, byte);
        } else if (length == 2 && has_control_characters(text.substr(0, 2))) {
            append_escaped(json, static_cast<unsigned char>(text[1]));
        } else {
            json += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    json += '"';
}

void append_value(std::string& json, std::string_view text) {
    append_string(json, text);
}
void append_value(std::string& json, bool is_true) {
    json += is_true ? "true" : "false";
}
void append_value(std::string& json, std::int64_t number) {
    fmt::format_to(std::back_inserter(json), "{}", number);
}
void append_value(std::string& json, double number) {
    if (std::isfinite(number)) {
        fmt::format_to(std::back_inserter(json), "{}", number);
    } else {
        json += "null";  // JSON has no infinity and no NaN
    }
}

void append_time(std::string& json) {
    using std::chrono::microseconds;
    const auto now = std::chrono::floor<microseconds>(std::chrono::system_clock::now());
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<microseconds> time(now - day);
    fmt::format_to(std::back_inserter(json), "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z\"",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                   time.seconds().count(), time.subseconds().count());
}

std::string line_of(LogLevel level, std::string_view event,
                    std::initializer_list<LogField> fields) {
    std::string json = "{\"time\":";
    append_time(json);
    json += ",\"level\":\"";
    json += row_of(level).word;
    json += "\",\"event\":";
    append_string(json, event);
    for (const LogField& field : fields) {
        json += ',';
        append_string(json, field.name);
        json += ':';
        std::visit([&json](const auto& value) { append_value(json, value); }, field.value);
    }
    json += '}';
    return json;
}

}  // namespace

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (!is_logged(level)) return;
    try {
        const std::string line = line_of(level, event, fields);
        sink().log(row_of(level).sink_level, spdlog::string_view_t(line.data(), line.size()));
    } catch (const std::exception&) {
        // Out of memory: the line is lost, the request it tells of need not be.
        return;
    }
}

void set_log_level(LogLevel level) {
    sink().set_level(row_of(level).sink_level);
}

bool is_logged(LogLevel level) {
    return level != LogLevel::off && sink().should_log(row_of(level).sink_level);
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
    for (const LevelRow& row : level_table) {
        if (row.word == text) return row.level;
    }
    return std::nullopt;
}

}  // namespace muster::base
