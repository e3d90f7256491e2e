// Configuration from four places, the first that has a value wins: command-line flag, environment,
// TOML file, default. The rows are main/settings'; this is the mechanism.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muster::base {

enum class SettingType {
    text,
    integer,   ///< decimal, not negative
    boolean,   ///< on|off|true|false|yes|no|1|0
    duration,  ///< a number and ms, s, m, h or d: "500ms", "7d"
    list,      ///< comma-separated; in TOML an array of strings too
};

struct SettingRow {
    std::string_view key;  ///< as in the file: "log.level"; flag --log-level; MUSTER_LOG_LEVEL
    SettingType type;
    std::string_view fallback;  ///< the default, written as the environment would write it
    std::string_view help;      ///< one sentence
    bool secret = false;        ///< then there is no flag: command lines are visible to everybody
};

std::string flag_of(const SettingRow& row);         ///< "--log-level"
std::string environment_of(const SettingRow& row);  ///< "MUSTER_LOG_LEVEL"

/// Values of every row, checked against their types. Immutable.
class Config {
public:
    using Environment = std::function<std::optional<std::string>(const std::string& name)>;

    /// `flags`: key -> value. Fails with one readable sentence that names the place and the key:
    /// unknown key in the file (also a misspelt table), wrong type, unreadable file.
    static std::expected<Config, std::string> load(
        std::span<const SettingRow> rows, const std::map<std::string, std::string>& flags,
        const Environment& environment, const std::optional<std::filesystem::path>& file);

    // The key must be a row of that type: anything else stops the program.
    const std::string& text(std::string_view key) const;
    std::int64_t integer(std::string_view key) const;
    bool boolean(std::string_view key) const;
    std::chrono::milliseconds duration(std::string_view key) const;
    std::vector<std::string> list(std::string_view key) const;

private:
    struct Value {
        SettingType type;
        std::string text;
    };
    const std::string& get(std::string_view key, SettingType type) const;

    std::map<std::string, Value, std::less<>> m_values;
};

/// A configuration file longer than this is refused, unread.
inline constexpr std::size_t config_file_length_max = std::size_t{1024} * 1024;
/// Durations beyond this are refused: every clock can still add them.
inline constexpr std::chrono::hours duration_max = std::chrono::days(36'500);

/// Empty: not a whole number with one of the units, or more than duration_max.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace muster::base
