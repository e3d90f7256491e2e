// The numbered schema scripts that are built into the binary, and the rules by which a database's
// record of them is accepted. The drivers apply them (sqlite/migrate.hpp).
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
/// From src/store/schema/postgres.
std::span<const Migration> postgres_migrations();
/// schema/policies.sql: run after the migrations, and again whenever it has changed.
Migration postgres_policies();

/// A row of table schema_migrations.
struct AppliedMigration {
    std::string name;
    std::string checksum;
};

/// 16 hex digits.
std::string checksum_of(std::string_view sql);

/// How many of `known` a database has whose record, in order of names, is `applied`.
/// Throws StoreError, in one sentence for the operator: the record holds a migration that is not
/// known (a newer Muster was here), lacks one before its last, or one was changed afterwards.
std::size_t count_applied(std::span<const Migration> known,
                          std::span<const AppliedMigration> applied);

}  // namespace muster::store
