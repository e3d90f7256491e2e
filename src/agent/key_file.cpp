// One folder for each process: two enrolments at once do not remove each other's key.
// SPDX-License-Identifier: Apache-2.0
#include "agent/key_file.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>

#include <unistd.h>

#include "agent/private_file.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view folder_prefix = "joining-";

bool is_abandoned(const std::string& name) {
    if (!name.starts_with(folder_prefix)) return false;
    const std::string_view number = std::string_view(name).substr(folder_prefix.size());
    pid_t process = 0;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), process);
    if (error != std::errc() || end != number.data() + number.size() || process <= 0) return false;
    return process == ::getpid() || (::kill(process, 0) != 0 && errno == ESRCH);
}

void remove_abandoned(const fs::path& private_folder) {
    std::error_code failure;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(private_folder, failure))
        if (is_abandoned(entry.path().filename().string())) fs::remove_all(entry.path(), ignored);
}

}  // namespace

KeyFile::KeyFile(const fs::path& private_folder, const base::Secret<std::string>& key)
    : m_folder(fs::absolute(private_folder) /
               (std::string(folder_prefix) + std::to_string(::getpid()))) {
    remove_abandoned(private_folder);
    try {
        write_private_file(path(), key.reveal() + "\n");
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(m_folder, ignored);
        throw;
    }
}

KeyFile::~KeyFile() {
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
}

fs::path KeyFile::path() const {
    return m_folder / "key";
}

}  // namespace muster::agent
