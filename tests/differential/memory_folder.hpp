// Memory instead of a disk: nothing in differential tests is about durability.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace muster::differential {

/// Makes /dev/shm the folder for temporary files, where there is one and none was named.
inline void use_memory() {
    const std::filesystem::path memory = "/dev/shm";
    std::error_code none;
    const auto state = std::filesystem::status(memory, none);
    const bool writable = !none && std::filesystem::is_directory(state) &&
                          (state.permissions() & std::filesystem::perms::others_write) !=
                              std::filesystem::perms::none;
    if (writable && std::getenv("TMPDIR") == nullptr) ::setenv("TMPDIR", memory.c_str(), 1);
}

}  // namespace muster::differential
