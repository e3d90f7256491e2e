// One server at a time, by an advisory lock; the others find nothing left to do.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/migrate.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "store/postgres/errors.hpp"
#include "store/postgres/policy_script.hpp"

namespace muster::store::postgres {

namespace {

constexpr std::chrono::milliseconds patience{60'000};

// Whoever asks for a table after us waits behind us, so we let go, and try again.
constexpr std::string_view bound_waiting_sql = "SET LOCAL lock_timeout = '2s'";
constexpr int attempts_max = 20;
constexpr std::chrono::milliseconds pause_between_attempts{1'000};

std::vector<Row> query(Connection& connection, std::string_view sql,
                       std::span<const Parameter> parameters = {}) {
    Message message = message_of(sql, parameters);
    message.is_prepared = false;
    const auto answers = connection.exchange(std::span(&message, 1), false, patience);
    return rows_of(answers.front().get());
}

constexpr std::string_view record_rights_sql =
    "SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), "
    "current_user::text, "
    "EXISTS (SELECT FROM pg_catalog.pg_roles r "
    "        WHERE r.rolname = 'muster_server' AND pg_has_role(r.oid, 'MEMBER')) "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'muster' AND c.relname = 'schema_migrations'";

constexpr std::string_view record_sql =
    "SELECT name, checksum FROM muster.schema_migrations ORDER BY name COLLATE \"C\"";

/// Whoever only serves has no rights of its own: it reads as what it serves as.
std::vector<Row> read_as_server(Connection& connection) {
    connection.script("BEGIN READ ONLY; SET LOCAL ROLE muster_server");
    auto rows = query(connection, record_sql);
    connection.script("ROLLBACK");
    return rows;
}

std::vector<Row> read_record_rows(Connection& connection) {
    const auto found = query(connection, record_rights_sql);
    if (found.empty()) return {};
    const Row& rights = found.front();
    if (rights.boolean(0)) return query(connection, record_sql);
    if (!rights.boolean(2)) {
        throw StoreError(
            fmt::format("the login {0} may not serve this database: let its owner run GRANT anon, "
                        "authenticated, service_role, muster_server TO {0}",
                        rights.text(1)));
    }
    return read_as_server(connection);
}

std::vector<AppliedMigration> read_applied(Connection& connection) {
    std::vector<AppliedMigration> applied;
    for (const Row& row : read_record_rows(connection)) {
        applied.push_back({row.text(0), row.text(1)});
    }
    return applied;
}

struct Record {
    std::vector<AppliedMigration> migrations;
    std::string policies;  ///< their checksum; empty: not applied
};

Record read_record(Connection& connection, const Migration& policies) {
    Record record{read_applied(connection), {}};
    const auto found = std::ranges::find(record.migrations, policies.name, &AppliedMigration::name);
    if (found != record.migrations.end()) {
        record.policies = found->checksum;
        record.migrations.erase(found);
    }
    return record;
}

void keep_record(Connection& connection, const Migration& migration) {
    const std::string checksum = checksum_of(migration.sql);
    const Parameter row[] = {migration.name, std::string_view(checksum)};
    query(connection,
          "INSERT INTO muster.schema_migrations (name, checksum) VALUES ($1, $2) "
          "ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()",
          row);
}

void apply(Connection& connection, const Migration& migration) {
    try {
        connection.script(std::string(migration.sql));
    } catch (const StoreUnavailable&) {
        throw;
    } catch (const StoreError& error) {
        throw StoreError(fmt::format("migration {} failed: {}", migration.name, error.what()));
    }
    keep_record(connection, migration);
}

constexpr std::string_view our_tables_sql =
    "SELECT string_agg(c.relname, ', ' ORDER BY c.relname) "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'public' AND c.relname IN ('organizations', 'profiles', 'user_roles', "
    "'devices', 'device_events', 'organization_tailscale_config', 'audit_logs')";

/// Before anything is made: scripts that have run stay when a later one finds its table taken.
void refuse_others_tables(Connection& connection) {
    const auto names = query(connection, our_tables_sql).front().optional_text(0);
    if (!names) return;
    throw StoreError(
        fmt::format("its schema public has what is not Muster's already: {}. Rename that, or give "
                    "Muster a database of its own and bring the rows over",
                    *names));
}

constexpr std::string_view open_public_sql =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace n, "
    "    aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a "
    "WHERE n.nspname = 'public' AND a.privilege_type = 'CREATE' "
    "    AND (a.grantee = 0 OR a.grantee IN (SELECT oid FROM pg_catalog.pg_roles "
    "                                        WHERE rolname IN ('anon', 'authenticated'))))";

/// Muster's functions run with their owner's rights: nobody may put others of the same names where
/// they are found. PostgreSQL 15 gives nobody that right; a database that was upgraded may.
void refuse_open_public(Connection& connection) {
    if (!query(connection, open_public_sql).front().boolean(0)) return;
    throw StoreError(
        "everybody may create functions in its schema public, which Muster's own would call: let "
        "its "
        "owner run REVOKE CREATE ON SCHEMA public FROM PUBLIC, anon, authenticated");
}

/// Under the lock. False: nothing was missing.
bool apply_next(Connection& connection, std::span<const Migration> known,
                const Migration& policies) {
    connection.script(
        "SELECT pg_advisory_xact_lock(hashtextextended('muster.schema_migrations', 0));"
        "CREATE SCHEMA IF NOT EXISTS muster;"
        "CREATE TABLE IF NOT EXISTS muster.schema_migrations ("
        "    name TEXT NOT NULL PRIMARY KEY,"
        "    checksum TEXT NOT NULL,"
        "    applied_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now());");
    const Record record = read_record(connection, policies);
    const std::size_t done = count_applied(known, record.migrations);
    if (done == 0) refuse_others_tables(connection);
    query(connection, bound_waiting_sql);
    if (done < known.size()) {
        apply(connection, known[done]);
        return true;
    }
    if (record.policies == checksum_of(policies.sql)) return false;
    apply(connection, policies);
    return false;
}

/// One transaction. False: nothing is missing any more.
bool migrate_once(Connection& connection, std::span<const Migration> known,
                  const Migration& policies) {
    // Whoever waits for the advisory lock must see what its holder did.
    connection.script("BEGIN ISOLATION LEVEL READ COMMITTED");
    try {
        const bool more = apply_next(connection, known, policies);
        connection.script("COMMIT");
        return more;
    } catch (...) {
        if (connection.is_open()) connection.script("ROLLBACK");
        throw;
    }
}

/// Until nobody else holds the tables: a backup does for as long as it takes.
bool migrate_patiently(Connection& connection, std::span<const Migration> known,
                       const Migration& policies) {
    for (int attempt = 1;; ++attempt) {
        try {
            return migrate_once(connection, known, policies);
        } catch (const StoreUnavailable& failure) {
            if (!connection.is_open()) throw;
            if (attempt == attempts_max) {
                throw StoreError(fmt::format(
                    "migrations wait for tables that somebody else holds, a backup for instance; "
                    "nothing was changed by this one: run it again afterwards ({})",
                    failure.what()));
            }
        }
        std::this_thread::sleep_for(pause_between_attempts);
    }
}

}  // namespace

void migrate(Connection& connection, std::span<const Migration> known,
             const Migration& policy_file) {
    refuse_open_public(connection);
    const std::string script = policy_script(policy_file.sql);
    const Migration policies{policy_file.name, script};
    const Record record = read_record(connection, policies);
    const bool is_current = count_applied(known, record.migrations) == known.size() &&
                            record.policies == checksum_of(policies.sql);
    if (is_current) return;
    try {
        while (migrate_patiently(connection, known, policies)) {
        }
    } catch (const ConstraintViolation& violation) {
        if (violation.kind() != ConstraintViolation::Kind::guard) throw;
        throw StoreError(fmt::format(
            "migrations are missing, and this login may not apply them: run muster migrate with "
            "the login of the database's owner ({})",
            violation.what()));
    }
}

}  // namespace muster::store::postgres
