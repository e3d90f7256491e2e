// A file of lines that only grows: what the simulated network remembers across restarts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace muster::networks {

/// What processes that share a journal hold while they look at it or append. BasicLockable; one
/// thread at a time. Throws std::runtime_error.
class JournalLock {
public:
    /// Makes a file beside `journal`, mode 0600.
    explicit JournalLock(const std::filesystem::path& journal);
    ~JournalLock();
    JournalLock(const JournalLock&) = delete;
    JournalLock& operator=(const JournalLock&) = delete;
    void lock();
    void unlock() noexcept;

private:
    std::string m_name;
    int m_file = -1;
};

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

    /// What other processes did with a journal that is shared. Ask, and append, under its lock.
    struct News {
        bool is_anew = false;  ///< one of them replaced the file: forget what was read before
        std::vector<std::string> lines = {};
    };
    News catch_up();

private:
    bool was_replaced() const;
    void reopen();

    std::string m_name;
    int m_file = -1;
    std::size_t m_length = 0;
    std::string m_buffer;
};

}  // namespace muster::networks
