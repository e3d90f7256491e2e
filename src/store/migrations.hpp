// The numbered schema scripts that are built into the binary, and what applies them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muster::store {

struct Migration {
    std::string_view name;  ///< "0001_roster.sql": the number orders, the whole name identifies
    std::string_view sql;
};

/// In order of their numbers. Generated from src/store/schema/sqlite by CMake.
std::span<const Migration> sqlite_migrations();

}  // namespace muster::store
