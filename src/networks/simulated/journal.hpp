// A file of lines that only grows: what the simulated network remembers across restarts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace muster::networks {

/// Each line is handed to the kernel before append() returns, so it survives the process, also a
/// kill -9. It is not flushed to the disk: surviving a power cut is not a simulation's business.
/// One thread at a time. Everything throws std::runtime_error when the file cannot be used.
class Journal {
public:
    /// The file's complete lines; a last line without its newline was torn by a kill and is left
    /// out. No file: no lines.
    static std::vector<std::string> read(const std::filesystem::path& file);

    /// Replaces the file, at once, with `lines`, and stays open to append. Mode 0600.
    Journal(const std::filesystem::path& file, const std::vector<std::string>& lines);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// All of `line` (which holds no newline) or, if it throws, nothing.
    void append(std::string_view line);

private:
    std::string m_name;
    int m_file = -1;
    std::size_t m_length = 0;
    std::string m_buffer;
};

}  // namespace muster::networks
