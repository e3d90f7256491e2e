// Each step looks at the record again under the write lock: another process may have been faster.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/migrate.hpp"

#include <fmt/format.h>

namespace muster::store::sqlite {

namespace {

std::vector<AppliedMigration> read_applied(Connection& connection) {
    Statement has_table(connection.raw(),
                        "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'");
    if (has_table.query({}).empty()) return {};
    Statement rows(connection.raw(), "SELECT name, checksum FROM schema_migrations ORDER BY name");
    std::vector<AppliedMigration> applied;
    for (const Row& row : rows.query({})) applied.push_back({row.text(0), row.text(1)});
    return applied;
}

void apply(Connection& connection, const Migration& migration) {
    try {
        connection.script(std::string(migration.sql));
    } catch (const StoreError& error) {
        throw StoreError(fmt::format("migration {} failed: {}", migration.name, error.what()));
    }
    Statement record(connection.raw(),
                     "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)");
    const std::string checksum = checksum_of(migration.sql);
    const Parameter row[] = {migration.name, std::string_view(checksum)};
    record.execute(row);
}

/// Under the write lock. False: nothing was missing.
bool apply_next(Connection& connection, std::span<const Migration> known) {
    connection.begin_unit();
    connection.script(R"sql(
        CREATE TABLE IF NOT EXISTS schema_migrations (
            name TEXT NOT NULL PRIMARY KEY,
            checksum TEXT NOT NULL,
            applied_at TEXT NOT NULL DEFAULT (now())
        ) STRICT)sql");
    const std::size_t done = count_applied(known, read_applied(connection));
    if (done == known.size()) return false;
    apply(connection, known[done]);
    return true;
}

}  // namespace

void migrate(Connection& connection, std::span<const Migration> known) {
    if (count_applied(known, read_applied(connection)) == known.size()) return;
    bool more = true;
    while (more) {
        connection.command("BEGIN IMMEDIATE");
        try {
            more = apply_next(connection, known);
            connection.command("COMMIT");
        } catch (...) {
            connection.roll_back();
            throw;
        }
    }
}

}  // namespace muster::store::sqlite
