// POSIX underneath: modes, fsync and flock are not in the standard library.
// SPDX-License-Identifier: Apache-2.0
#include "agent/private_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace muster::agent {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string_view what, const fs::path& path, int reason) {
    throw std::runtime_error("cannot " + std::string(what) + " " + path.string() + ": " +
                             std::strerror(reason));
}

class Descriptor {
public:
    Descriptor(const fs::path& path, int flags, std::string_view what)
        : m_number(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
        if (m_number < 0) fail(what, path, errno);
    }
    ~Descriptor() { ::close(m_number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return m_number; }

private:
    int m_number;
};

void write_and_sync(const fs::path& path, std::string_view text) {
    // A leftover of an interrupted run may have any mode: start from nothing.
    ::unlink(path.c_str());
    const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL, "create");
    while (!text.empty()) {
        const ssize_t written = ::write(file.number(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", path, errno);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.number()) != 0) fail("write", path, errno);
}

}  // namespace

void prepare_private_folder(const fs::path& folder) {
    std::error_code failure;
    if (!fs::is_directory(folder, failure)) {
        if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), failure);
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
            fail("create the folder", folder, errno);
        if (!fs::is_directory(folder, failure)) fail("use as a folder", folder, ENOTDIR);
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) fail("write into", folder, errno);
}

void write_private_file(const fs::path& file, std::string_view text) {
    prepare_private_folder(file.parent_path());
    fs::path fresh = file;
    fresh += ".new";
    write_and_sync(fresh, text);
    if (::rename(fresh.c_str(), file.c_str()) != 0) fail("replace", file, errno);
    const Descriptor folder(file.parent_path(), O_RDONLY | O_DIRECTORY, "open");
    if (::fsync(folder.number()) != 0) fail("write", file, errno);
}

std::optional<std::string> read_private_file(const fs::path& file) {
    std::error_code failure;
    if (!fs::exists(file, failure)) return std::nullopt;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) fail("read", file, errno);
    std::string text(private_file_bytes_max + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > private_file_bytes_max) fail("read", file, EFBIG);
    return text;
}

PrivateLock::PrivateLock(const fs::path& file)
    : m_descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (m_descriptor < 0) fail("open", file, errno);
    int outcome = 0;
    do {
        outcome = ::flock(m_descriptor, LOCK_EX);
    } while (outcome != 0 && errno == EINTR);
    if (outcome != 0) {
        const int reason = errno;
        ::close(m_descriptor);
        fail("lock", file, reason);
    }
}

PrivateLock::~PrivateLock() {
    ::close(m_descriptor);
}

}  // namespace muster::agent
