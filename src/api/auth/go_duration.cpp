// Number and unit, again and again.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/go_duration.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace muster::api {

namespace {

using Microseconds = std::chrono::duration<double, std::micro>;

constexpr std::pair<std::string_view, double> units[] = {
    {"ns", 1e-3}, {"us", 1},  {"\u00b5s", 1}, {"\u03bcs", 1},
    {"ms", 1e3},  {"s", 1e6}, {"m", 6e7},     {"h", 3.6e9}};

bool is_number_part(char c) {
    return (c >= '0' && c <= '9') || c == '.';
}

}  // namespace

std::optional<std::chrono::microseconds> parse_go_duration(std::string_view text) {
    if (text == "0") return std::chrono::microseconds(0);
    if (text.empty()) return std::nullopt;
    Microseconds total(0);
    while (!text.empty()) {
        const auto* const number_end = std::ranges::find_if_not(text, is_number_part);
        double number = 0;
        const auto [stop, fault] =
            std::from_chars(text.data(), number_end, number, std::chars_format::fixed);
        if (fault != std::errc{} || stop != number_end) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(number_end - text.begin()));
        const std::string_view unit = text.substr(
            0, static_cast<std::size_t>(std::ranges::find_if(text, is_number_part) - text.begin()));
        const auto* const known =
            std::ranges::find(units, unit, [](const auto& row) { return row.first; });
        if (known == std::end(units)) return std::nullopt;
        text.remove_prefix(unit.size());
        total += Microseconds(number * known->second);
        if (total > go_duration_max) return std::nullopt;
    }
    return std::chrono::duration_cast<std::chrono::microseconds>(total);
}

}  // namespace muster::api
