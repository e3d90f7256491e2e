// The simulated network's journal, on plain file descriptors.
// SPDX-License-Identifier: Apache-2.0
#include "networks/simulated/journal.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace muster::networks {
namespace {

[[noreturn]] void throw_errno(std::string_view doing, std::string_view name) {
    const int error = errno;
    throw std::runtime_error(
        fmt::format("{} {}: {}", doing, name, std::generic_category().message(error)));
}

void write_all(int file, std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const ssize_t count = ::write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_errno("cannot write", name);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

JournalLock::JournalLock(const std::filesystem::path& journal)
    : m_name(journal.native() + ".lock"),
      m_file(::open(m_name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (m_file < 0) throw_errno("cannot open", m_name);
}

JournalLock::~JournalLock() {
    ::close(m_file);
}

void JournalLock::lock() {
    while (::flock(m_file, LOCK_EX) != 0) {
        if (errno != EINTR) throw_errno("cannot lock", m_name);
    }
}

void JournalLock::unlock() noexcept {
    ::flock(m_file, LOCK_UN);
}

std::vector<std::string> Journal::read(const std::filesystem::path& file) {
    std::vector<std::string> lines;
    if (!std::filesystem::exists(file)) return lines;
    std::ifstream in(file, std::ios::binary);
    if (!in) throw_errno("cannot read", file.native());
    std::string line;
    while (std::getline(in, line)) {
        if (in.eof()) break;
        lines.push_back(line);
    }
    if (in.bad()) throw_errno("cannot read", file.native());
    return lines;
}

Journal::Journal(const std::filesystem::path& file, const std::vector<std::string>& lines)
    : m_name(file.native()) {
    const std::string draft = m_name + ".new";
    ::unlink(draft.c_str());
    m_file = ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (m_file < 0) throw_errno("cannot create", draft);
    try {
        for (const std::string& line : lines) append(line);
        if (::rename(draft.c_str(), m_name.c_str()) != 0) throw_errno("cannot replace", m_name);
    } catch (...) {
        ::unlink(draft.c_str());
        ::close(m_file);
        throw;
    }
}

Journal::~Journal() {
    ::close(m_file);
}

void Journal::append(std::string_view line) {
    m_buffer.assign(line);
    m_buffer += '\n';
    try {
        write_all(m_file, m_buffer, m_name);
    } catch (...) {
        // A full disk may have taken half of the line: the next one must not grow out of it.
        if (::ftruncate(m_file, static_cast<off_t>(m_length)) != 0) {
            throw_errno("cannot repair", m_name);
        }
        throw;
    }
    m_length += m_buffer.size();
}

bool Journal::was_replaced() const {
    struct stat mine{};
    struct stat named{};
    if (::fstat(m_file, &mine) != 0) throw_errno("cannot look at", m_name);
    return ::stat(m_name.c_str(), &named) != 0 || mine.st_ino != named.st_ino;
}

void Journal::reopen() {
    const int file = ::open(m_name.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
    if (file < 0) throw_errno("cannot open", m_name);
    ::close(m_file);
    m_file = file;
    m_length = 0;
}

Journal::News Journal::catch_up() {
    News news;
    news.is_anew = was_replaced();
    if (news.is_anew) reopen();
    std::string text;
    std::array<char, 4096> part{};
    while (true) {
        const auto at = static_cast<off_t>(m_length + text.size());
        const ssize_t count = ::pread(m_file, part.data(), part.size(), at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_errno("cannot read", m_name);
        if (count == 0) break;
        text.append(part.data(), static_cast<std::size_t>(count));
    }
    const std::size_t whole = text.rfind('\n') + 1;  // npos: nothing is whole
    std::istringstream in(text.substr(0, whole));
    for (std::string line; std::getline(in, line);) news.lines.push_back(line);
    m_length += whole;
    // Under the lock nobody is writing: what is torn was torn by a kill.
    if (whole < text.size() && ::ftruncate(m_file, static_cast<off_t>(m_length)) != 0) {
        throw_errno("cannot repair", m_name);
    }
    return news;
}

}  // namespace muster::networks
