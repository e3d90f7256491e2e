// flock on a file beside the database.
// SPDX-License-Identifier: Apache-2.0
#include "main/folder_lock.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace muster::main {

FolderLock::FolderLock(const std::filesystem::path& folder) {
    const std::string file = (folder / "serve.lock").string();
    m_descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (m_descriptor < 0) {
        throw StartError("data: " + file + " cannot be opened: " + std::strerror(errno));
    }
    if (::flock(m_descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(m_descriptor);
        throw FolderInUse("data: another muster serve is running on " + folder.string() +
                          "; stop it, or name another folder with --data");
    }
}

FolderLock::~FolderLock() {
    ::close(m_descriptor);
}

}  // namespace muster::main
