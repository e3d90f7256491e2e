// Files that only their owner may read: the agent's state, the command line's session.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace muster::agent {

constexpr std::size_t private_file_bytes_max = 64 * 1024;

/// Makes the folder (mode 0700) and those above it where they are missing. Throws
/// std::runtime_error in one readable sentence, also when nothing can be written there.
void prepare_private_folder(const std::filesystem::path& folder);

/// Replaces the file as a whole, mode 0600: a reader sees the old text or the new one, also after
/// a power cut. Throws std::runtime_error.
void write_private_file(const std::filesystem::path& file, std::string_view text);

/// Empty: there is none. Throws std::runtime_error: unreadable, or larger than the limit.
std::optional<std::string> read_private_file(const std::filesystem::path& file);

/// Held by one process at a time until destroyed. Throws std::runtime_error.
class PrivateLock {
public:
    explicit PrivateLock(const std::filesystem::path& file);
    ~PrivateLock();
    PrivateLock(const PrivateLock&) = delete;
    PrivateLock& operator=(const PrivateLock&) = delete;

private:
    int m_descriptor;
};

}  // namespace muster::agent
