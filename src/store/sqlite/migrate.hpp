// Brings a SQLite database to the schema that this binary knows.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "store/migrations.hpp"
#include "store/sqlite/connection.hpp"

namespace muster::store::sqlite {

/// Applies what is missing, one transaction each, and records it. Safe when several processes
/// start at once. A current database is only read. Throws StoreError: count_applied's refusals; a
/// script that fails (its own changes are undone, those before it stay).
void migrate(Connection& connection, std::span<const Migration> known);

}  // namespace muster::store::sqlite
