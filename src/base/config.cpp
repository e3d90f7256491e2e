// Configuration from four places: flag, environment, file, default.
// SPDX-License-Identifier: Apache-2.0
#include "base/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/setting_file.hpp"
#include "base/stop.hpp"

namespace muster::base {
namespace {

struct Unit {
    std::string_view name;
    std::chrono::milliseconds length;
};
constexpr std::array<Unit, 5> units{{
    {"ms", std::chrono::milliseconds(1)},
    {"s", std::chrono::seconds(1)},
    {"m", std::chrono::minutes(1)},
    {"h", std::chrono::hours(1)},
    {"d", std::chrono::days(1)},
}};

std::optional<std::int64_t> parse_integer(std::string_view text) {
    // from_chars would take a minus sign.
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<bool> parse_boolean(std::string_view text) {
    for (const std::string_view word : {"on", "true", "yes", "1"}) {
        if (text == word) return true;
    }
    for (const std::string_view word : {"off", "false", "no", "0"}) {
        if (text == word) return false;
    }
    return std::nullopt;
}

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Empty items are a slip of the pen: "a,,b" and "a," are refused.
std::optional<std::vector<std::string>> parse_list(std::string_view text) {
    std::vector<std::string> items;
    if (trim(text).empty()) return items;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        const std::string_view item = trim(text.substr(start, comma - start));
        if (item.empty()) return std::nullopt;
        items.emplace_back(item);
        start = comma + 1;
    }
    return items;
}

bool is_of_type(std::string_view text, SettingType type) {
    switch (type) {
        case SettingType::text: return true;
        case SettingType::integer: return parse_integer(text).has_value();
        case SettingType::boolean: return parse_boolean(text).has_value();
        case SettingType::duration: return parse_duration(text).has_value();
        case SettingType::list: return parse_list(text).has_value();
    }
    return false;
}

std::string_view what_is_expected(SettingType type) {
    switch (type) {
        case SettingType::text: return "text";
        case SettingType::integer: return "a whole number";
        case SettingType::boolean: return "on or off";
        case SettingType::duration: return "a number with ms, s, m, h or d, at most 36500d";
        case SettingType::list: return "a comma-separated list";
    }
    return "";
}

struct Found {
    std::string text;
    std::string place;
};

Found find_value(const SettingRow& row, const std::map<std::string, std::string>& flags,
                 const Config::Environment& environment, const FileValues& file) {
    if (const auto flag = flags.find(std::string(row.key)); flag != flags.end()) {
        return {flag->second, flag_of(row)};
    }
    const std::string variable = environment_of(row);
    if (auto text = environment(variable)) return {std::move(*text), variable};
    if (const auto line = file.find(row.key); line != file.end()) {
        return {line->second.text, line->second.place};
    }
    if (!is_of_type(row.fallback, row.type)) stop("a setting's default has the wrong type");
    return {std::string(row.fallback), {}};
}

std::optional<std::string> fault_of_flags(std::span<const SettingRow> rows,
                                          const std::map<std::string, std::string>& flags) {
    for (const auto& [key, text] : flags) {
        const auto row = std::ranges::find(rows, key, &SettingRow::key);
        if (row == rows.end()) return fmt::format("{} is not a setting", key);
        if (row->secret) {
            return fmt::format("{} is a secret: set {}, not a flag", key, environment_of(*row));
        }
    }
    return std::nullopt;
}

template <class T>
T get_parsed(std::optional<T> parsed) {
    if (!parsed) stop("a setting was not checked");
    return std::move(*parsed);
}

}  // namespace

std::string flag_of(const SettingRow& row) {
    std::string flag = "--";
    for (const char c : row.key) flag += c == '.' || c == '_' ? '-' : c;
    return flag;
}

std::string environment_of(const SettingRow& row) {
    std::string name = "MUSTER_";
    for (const char c : row.key) {
        const bool is_lower = c >= 'a' && c <= 'z';
        name += c == '.' ? '_' : is_lower ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

std::expected<Config, std::string> Config::load(std::span<const SettingRow> rows,
                                                const std::map<std::string, std::string>& flags,
                                                const Environment& environment,
                                                const std::optional<std::filesystem::path>& file) {
    if (auto fault = fault_of_flags(rows, flags)) return std::unexpected(std::move(*fault));
    FileValues in_file;
    if (file) {
        auto read = read_setting_file(*file, rows);
        if (!read) return std::unexpected(std::move(read.error()));
        in_file = std::move(*read);
    }
    Config config;
    for (const SettingRow& row : rows) {
        Found found = find_value(row, flags, environment, in_file);
        if (!is_of_type(found.text, row.type)) {
            const std::string shown = row.secret ? "" : fmt::format(", not \"{}\"", found.text);
            return std::unexpected(
                fmt::format("{} must be {}{}", found.place, what_is_expected(row.type), shown));
        }
        config.m_values.insert_or_assign(std::string(row.key),
                                         Value{row.type, std::move(found.text)});
    }
    return config;
}

const std::string& Config::get(std::string_view key, SettingType type) const {
    const auto found = m_values.find(key);
    if (found == m_values.end() || found->second.type != type) {
        stop(fmt::format("setting {} was read as another type, or is none", key));
    }
    return found->second.text;
}

const std::string& Config::text(std::string_view key) const {
    return get(key, SettingType::text);
}

std::int64_t Config::integer(std::string_view key) const {
    return get_parsed(parse_integer(get(key, SettingType::integer)));
}

bool Config::boolean(std::string_view key) const {
    return get_parsed(parse_boolean(get(key, SettingType::boolean)));
}

std::chrono::milliseconds Config::duration(std::string_view key) const {
    return get_parsed(parse_duration(get(key, SettingType::duration)));
}

std::vector<std::string> Config::list(std::string_view key) const {
    return get_parsed(parse_list(get(key, SettingType::list)));
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_integer(text.substr(0, digits));
    const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
    if (!number || unit == units.end()) return std::nullopt;
    if (*number > duration_max / unit->length) return std::nullopt;
    return *number * unit->length;
}

}  // namespace muster::base
