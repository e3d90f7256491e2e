// The TOML file of base/config: its values as text, by key.
// SPDX-License-Identifier: Apache-2.0
#include "base/setting_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace muster::base {
namespace {

std::expected<std::string, std::string> read_text(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        return std::unexpected(fmt::format("{}: is a folder, not a file", path.string()));
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(config_file_length_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad()) {
        return std::unexpected(
            fmt::format("{}: can't be read: {}", path.string(), std::strerror(errno)));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > config_file_length_max) {
        return std::unexpected(
            fmt::format("{}: is longer than {} bytes", path.string(), config_file_length_max));
    }
    return text;
}

/// An array of strings as the comma-separated text that it stands for.
std::optional<std::string> text_of_array(const toml::array& array) {
    std::string joined;
    for (const toml::node& node : array) {
        const toml::value<std::string>* item = node.as_string();
        if (item == nullptr || item->get().empty() || item->get().find(',') != std::string::npos) {
            return std::nullopt;
        }
        if (!joined.empty()) joined += ',';
        joined += item->get();
    }
    return joined;
}

/// The value as the environment would write it; empty: a TOML type that the row doesn't take.
std::optional<std::string> text_of(const toml::node& node, SettingType type) {
    if (const auto* text = node.as_string()) {
        if (type == SettingType::integer) return std::nullopt;
        return text->get();
    }
    if (const auto* number = node.as_integer(); number && type == SettingType::integer) {
        return std::to_string(number->get());
    }
    if (const auto* is_on = node.as_boolean(); is_on && type == SettingType::boolean) {
        return is_on->get() ? "true" : "false";
    }
    if (const auto* array = node.as_array(); array && type == SettingType::list) {
        return text_of_array(*array);
    }
    return std::nullopt;
}

std::string_view expected_in_file(SettingType type) {
    switch (type) {
        case SettingType::text: return "a string";
        case SettingType::integer: return "a whole number";
        case SettingType::boolean: return "true or false";
        case SettingType::duration: return "a string such as \"500ms\" or \"7d\"";
        case SettingType::list: return "an array of strings without commas";
    }
    return "";
}

class FileReader {
public:
    FileReader(const std::filesystem::path& path, std::span<const SettingRow> rows)
        : m_path(path.string()), m_rows(rows) {}

    std::optional<std::string> read_table(const toml::table& table, const std::string& prefix) {
        for (const auto& [name, node] : table) {
            const std::string key = prefix + std::string(name.str());
            const std::string place = place_of(key, name.source().begin.line);
            const SettingRow* row = find_row(key, name.str());
            const toml::table* inner = node.as_table();
            std::optional<std::string> fault;
            if (row != nullptr) {
                fault = read_value(*row, node, place);
            } else if (inner != nullptr && is_group(key, name.str())) {
                fault = read_table(*inner, key + '.');
            } else {
                fault = fmt::format("{} is not a setting", place);
            }
            if (fault) return fault;
        }
        return std::nullopt;
    }

    FileValues take() { return std::move(m_values); }

private:
    std::string place_of(const std::string& key, toml::source_index line) const {
        return fmt::format("{} line {}: {}", m_path, line, key);
    }

    /// A quoted TOML key may hold dots; such a key is nobody's.
    const SettingRow* find_row(std::string_view key, std::string_view name) const {
        if (name.find('.') != std::string_view::npos) return nullptr;
        const auto found = std::ranges::find(m_rows, key, &SettingRow::key);
        return found == m_rows.end() ? nullptr : &*found;
    }

    bool is_group(const std::string& key, std::string_view name) const {
        if (name.find('.') != std::string_view::npos) return false;
        const std::string prefix = key + '.';
        return std::ranges::any_of(
            m_rows, [&prefix](const SettingRow& row) { return row.key.starts_with(prefix); });
    }

    std::optional<std::string> read_value(const SettingRow& row, const toml::node& node,
                                          const std::string& place) {
        auto text = text_of(node, row.type);
        if (!text) return fmt::format("{} must be {}", place, expected_in_file(row.type));
        m_values.insert_or_assign(std::string(row.key), FileValue{std::move(*text), place});
        return std::nullopt;
    }

    std::string m_path;
    std::span<const SettingRow> m_rows;
    FileValues m_values;
};

}  // namespace

std::expected<FileValues, std::string> read_setting_file(const std::filesystem::path& path,
                                                         std::span<const SettingRow> rows) {
    const auto text = read_text(path);
    if (!text) return std::unexpected(text.error());
    FileReader reader(path, rows);
    try {
        const toml::table table = toml::parse(*text);
        if (auto fault = reader.read_table(table, "")) return std::unexpected(std::move(*fault));
    } catch (const toml::parse_error& error) {
        // The parser's own text may quote the line, and the line may be a secret's.
        const toml::source_position at = error.source().begin;
        return std::unexpected(fmt::format("{} line {} column {}: is not valid TOML", path.string(),
                                           at.line, at.column));
    }
    return reader.take();
}

}  // namespace muster::base
