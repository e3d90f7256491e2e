// Brings a PostgreSQL database to the schema that this binary knows.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "store/migrations.hpp"
#include "store/postgres/connection.hpp"

namespace muster::store::postgres {

/// Applies what is missing, one transaction each, then the policies if they have changed. Safe when
/// several servers start at once. A current database is only read: its role needs no more rights.
/// Waits up to a minute for tables that others hold, and lets those others pass meanwhile.
/// Throws StoreError: count_applied's refusals; tables that are there and not Muster's; a schema
/// that everybody may create in; a script that fails (its own changes are undone, those before it
/// stay); rights that are missing.
void migrate(Connection& connection, std::span<const Migration> known, const Migration& policies);

}  // namespace muster::store::postgres
