// A network's key on its way to the network's client: in a file that only its owner may read, and
// that is gone when the client has ended.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/secret.hpp"

namespace muster::agent {

/// Mode 0600, in a folder of its own of mode 0700 below `private_folder`. Nothing that ends this
/// program may be let through while it lives (agent/delayed_signals.hpp), or it stays: then the
/// next KeyFile there removes it.
class KeyFile {
public:
    /// Throws std::runtime_error: it cannot be written.
    KeyFile(const std::filesystem::path& private_folder, const base::Secret<std::string>& key);
    ~KeyFile();
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;

    std::filesystem::path path() const;  ///< absolute

private:
    std::filesystem::path m_folder;
};

}  // namespace muster::agent
