// The TOML file of base/config: its values as text, by key.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "base/config.hpp"

namespace muster::base {

struct FileValue {
    std::string text;   ///< as the environment would write it
    std::string place;  ///< "muster.toml line 3: log.level": begins a sentence about the value
};
using FileValues = std::map<std::string, FileValue, std::less<>>;

/// Fails with a sentence that never holds a value of the file: any of them may be a secret.
std::expected<FileValues, std::string> read_setting_file(const std::filesystem::path& path,
                                                         std::span<const SettingRow> rows);

}  // namespace muster::base
