// Text forms of points in time (RFC 3339).
// SPDX-License-Identifier: Apache-2.0
#include "core/timestamp.hpp"

#include <fmt/format.h>

namespace muster::core {

namespace {

using std::chrono::microseconds;

/// Reads exactly `digits` decimal digits at the front of `text`, and drops them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take_one_of(std::string_view& text, std::string_view choices) {
    if (text.empty() || !choices.contains(text.front())) return false;
    text.remove_prefix(1);
    return true;
}

/// ".123" as microseconds; digits beyond the sixth are dropped.
std::optional<microseconds> take_fraction(std::string_view& text) {
    if (!take_one_of(text, ".")) return microseconds(0);
    int value = 0;
    int digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 6) value = value * 10 + (text.front() - '0');
        ++digits;
        text.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) value *= 10;
    return microseconds(value);
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take_one_of(text, "Zz")) return std::chrono::minutes(0);
    const bool negative = !text.empty() && text.front() == '-';
    if (!take_one_of(text, "+-")) return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23) return std::nullopt;
    int minutes = 0;
    if (!text.empty()) {
        take_one_of(text, ":");
        const auto given = take_number(text, 2);
        if (!given || *given > 59) return std::nullopt;
        minutes = *given;
    }
    const int total = *hours * 60 + minutes;
    return std::chrono::minutes(negative ? -total : total);
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
    const auto year = take_number(text, 4);
    if (!year || !take_one_of(text, "-")) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take_one_of(text, "-")) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

std::optional<std::chrono::seconds> take_time_of_day(std::string_view& text) {
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take_one_of(text, ":")) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59 || !take_one_of(text, ":")) return std::nullopt;
    const auto second = take_number(text, 2);
    if (!second || *second > 59) return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

}  // namespace

std::string to_text(Timestamp at) {
    const auto days = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(days);
    const auto since_midnight = (at - days).count();
    const auto seconds = since_midnight / 1'000'000;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
                       static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), seconds / 3600, seconds / 60 % 60,
                       seconds % 60, since_midnight % 1'000'000);
}

std::string to_json_text(Timestamp at) {
    std::string text = to_text(at);
    const std::size_t offset = text.size() - 6;
    std::size_t end = offset;
    while (text[end - 1] == '0') --end;
    if (text[end - 1] == '.') --end;
    return text.erase(end, offset - end);
}

std::int64_t to_unix_seconds(Timestamp at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

Timestamp from_unix_seconds(std::int64_t seconds) {
    return Timestamp(std::chrono::seconds(seconds));
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
    const auto date = take_date(text);
    if (!date || !take_one_of(text, "Tt ")) return std::nullopt;
    const auto time = take_time_of_day(text);
    if (!time) return std::nullopt;
    const auto fraction = take_fraction(text);
    if (!fraction) return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return Timestamp(*date) + *time + *fraction - *offset;
}

}  // namespace muster::core
