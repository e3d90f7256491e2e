// One server a data folder: two would each believe that they alone deliver its jobs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "main/opening.hpp"

namespace muster::main {

/// Another process holds the lock.
class FolderInUse : public StartError {
public:
    using StartError::StartError;
};

/// Holds the folder's serve.lock (flock(2)) until destroyed; the system lets go if the process
/// dies.
class FolderLock {
public:
    /// Throws FolderInUse: another server, or a move to PostgreSQL, holds it. Throws StartError:
    /// the folder cannot be written.
    explicit FolderLock(const std::filesystem::path& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int m_descriptor;
};

}  // namespace muster::main
