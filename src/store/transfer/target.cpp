// Triggers are switched off in the transaction that brings rows: nobody else ever sees them off,
// and a move that dies leaves them on.
// SPDX-License-Identifier: Apache-2.0
#include "store/transfer/target.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/migrations.hpp"
#include "store/postgres/errors.hpp"
#include "store/postgres/migrate.hpp"

namespace muster::store::transfer {

namespace {

/// Of a mover whose machine is gone PostgreSQL learns within 11 seconds, sooner than the next run
/// gives up waiting for the lock. A Unix socket takes them and needs none.
constexpr const char* keepalives_sql = R"sql(
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 2;
    SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = 10000;
)sql";

/// The forms that Field and canonical() expect; no limits meant for requests; and an error, not
/// fewer rows, where row-level security would hide some.
constexpr const char* session_sql = R"sql(
    SET search_path = muster, public;
    SET TimeZone = 'UTC';
    SET DateStyle = 'ISO';
    SET IntervalStyle = 'postgres';
    SET bytea_output = 'hex';
    SET extra_float_digits = 1;
    SET row_security = off;
    SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0;
)sql";

/// What was killed a moment ago may still hold it.
constexpr const char* lock_sql = R"sql(
    SET lock_timeout = '15s';
    SELECT pg_advisory_lock(hashtextextended('muster.transfer', 0));
    SET lock_timeout = 0;
)sql";

std::string switch_triggers(const MovedTable& table, bool on) {
    if (table.triggers.empty()) return {};
    std::vector<std::string> actions;
    for (const QuietedTrigger& trigger : table.triggers) {
        actions.push_back(
            fmt::format("{} TRIGGER {}", on ? trigger.state : "DISABLE", trigger.name));
    }
    return fmt::format("ALTER TABLE {} {};", table.target, fmt::join(actions, ", "));
}

}  // namespace

Target::Target(const std::string& database) : m_connection(database) {
    m_connection.script(keepalives_sql);
    postgres::migrate(m_connection, postgres_migrations(), postgres_policies());
    m_connection.script(session_sql);
    try {
        m_connection.script(lock_sql);
    } catch (const postgres::RunAgain&) {
        throw;
    } catch (const StoreUnavailable&) {
        throw StoreError(
            "another muster migrate is at work on it: wait until that one has ended, then run the "
            "same command again");
    }
}

std::optional<Record> Target::read_record() {
    const auto rows =
        ask(m_connection, "SELECT source, finished_at IS NOT NULL FROM muster.transfer");
    if (rows.empty()) return std::nullopt;
    Record record{rows.front().text(0), rows.front().boolean(1)};
    for (const Row& row :
         ask(m_connection, "SELECT table_name, row_count, checksum FROM muster.transfer_tables")) {
        record.tables[row.text(0)] = {row.integer(1), row.text(2)};
    }
    return record;
}

void Target::begin(std::span<const MovedTable> tables, const std::string& source) {
    m_connection.script("BEGIN");
    std::vector<std::string> filled;
    for (const MovedTable& table : tables) {
        const auto rows = ask(m_connection, "SELECT 1 FROM " + table.target + " LIMIT 1");
        if (!rows.empty()) filled.push_back(table.target);
    }
    if (!filled.empty()) {
        m_connection.script("ROLLBACK");
        throw StoreError(
            fmt::format("the target: it has data of its own already, in {}: name an empty database",
                        fmt::join(filled, ", ")));
    }
    const Parameter row[] = {std::string_view(source)};
    ask(m_connection, "INSERT INTO muster.transfer (source) VALUES ($1)", row);
    m_connection.script("COMMIT");
}

void Target::empty(std::span<const MovedTable> tables, bool forget) {
    std::vector<std::string> names;
    std::string off;
    std::string on;
    for (const MovedTable& table : tables) {
        names.push_back(table.target);
        off += switch_triggers(table, false);
        on += switch_triggers(table, true);
    }
    m_connection.script(
        fmt::format("BEGIN; {} TRUNCATE {}; {} DELETE FROM muster.transfer_tables; "
                    "{} COMMIT",
                    off, fmt::join(names, ", "), on, forget ? "DELETE FROM muster.transfer;" : ""));
}

void Target::advance_sequences(const MovedTable& table) {
    const Parameter name[] = {std::string_view(table.target)};
    for (const Row& row :
         ask(m_connection,
             "SELECT quote_ident(attname), pg_get_serial_sequence($1, attname) "
             "FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND "
             "NOT attisdropped AND pg_get_serial_sequence($1, attname) IS NOT NULL",
             name)) {
        const Parameter sequence[] = {std::string_view(row.text(1))};
        ask(m_connection,
            fmt::format(
                "SELECT setval($1::regclass, max({0})) FROM {1} HAVING max({0}) IS NOT NULL",
                row.text(0), table.target),
            sequence);
    }
}

void Target::finish(std::span<const MovedTable> tables) {
    m_connection.script("BEGIN");
    for (const MovedTable& table : tables) advance_sequences(table);
    ask(m_connection, "UPDATE muster.transfer SET finished_at = now()");
    m_connection.script("COMMIT");
    for (const MovedTable& table : tables) m_connection.script("ANALYZE " + table.target);
}

void Target::begin_reading() {
    m_connection.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

void Target::each(const MovedTable& table, const std::function<void(std::vector<Field>)>& use) {
    const std::string sql =
        fmt::format("COPY (SELECT {} FROM {}) TO STDOUT", list_of(table.columns), table.target);
    postgres::copy_out(m_connection, sql, [&](std::string_view line) { use(split_line(line)); });
}

void Target::end_reading() {
    m_connection.script("COMMIT");
}

Batch::Batch(postgres::Connection& connection, const MovedTable& table)
    : m_connection(connection), m_table(table) {
    // What is checked late would be in the way of switching triggers on again.
    m_connection.script("BEGIN; SET CONSTRAINTS ALL IMMEDIATE; " + switch_triggers(table, false));
    m_copy.emplace(m_connection,
                   fmt::format("COPY {} ({}) FROM STDIN", table.target, list_of(table.columns)));
}

void Batch::put(const std::vector<Field>& fields) {
    m_line.clear();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) m_line += '\t';
        append_field(m_line, fields[i]);
    }
    m_line += '\n';
    m_copy->put(m_line);
    m_bytes += m_line.size();
}

void Batch::commit(const Progress& progress) {
    try {
        m_copy->finish();
    } catch (const postgres::RunAgain&) {
        throw;
    } catch (const StoreError& refusal) {
        throw StoreError(
            fmt::format("the target: it refuses one of the first {} rows of {}: {}. Mend that row "
                        "in the source, then run the same command again",
                        progress.rows, m_table.name, refusal.what()));
    }
    const Parameter row[] = {std::string_view(m_table.name), progress.rows,
                             std::string_view(progress.checksum)};
    ask(m_connection,
        "INSERT INTO muster.transfer_tables (table_name, row_count, checksum) VALUES ($1, $2, $3) "
        "ON CONFLICT (table_name) DO UPDATE "
        "SET row_count = excluded.row_count, checksum = excluded.checksum",
        row);
    m_connection.script(switch_triggers(m_table, true) + "COMMIT");
}

}  // namespace muster::store::transfer
