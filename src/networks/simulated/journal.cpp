// The simulated network's journal, on plain file descriptors.
// SPDX-License-Identifier: Apache-2.0
#include "networks/simulated/journal.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
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
    m_file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
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

}  // namespace muster::networks
