// UPDATE and DELETE; INSERT and upserts are in insertion.cpp.
// SPDX-License-Identifier: Apache-2.0
#include "rest/writing.hpp"

#include "rest/guarded_writing.hpp"
#include "rest/payload.hpp"
#include "rest/violations.hpp"
#include "rest/written_rows.hpp"

namespace muster::rest {

namespace {

/// Reading is part of a write that filters or shows rows, and asks for its right.
bool also_reads(const Query& query, const WriteOptions& options) {
    return options.representation || !query.level.where.children.empty();
}

/// Which rows `command` touches, as SQL behind WHERE.
Result<std::string> touched(const Access& access, Command command, const Query& query,
                            const WriteOptions& options, SelectionWriter& writer,
                            const Source& source) {
    const auto filters = writer.filters(query.level, source);
    if (!filters) return filters;
    std::string sql = "(" + access.using_sql(command, source.relation, source.alias) + ")";
    if (also_reads(query, options)) {
        if (auto allowed = access.allow(Command::select, source.relation); !allowed) {
            return std::unexpected(allowed.error());
        }
        sql += " AND (" + access.using_sql(Command::select, source.relation, source.alias) + ")";
    }
    return sql + " AND " + *filters;
}

/// WITH CHECK of the rows as they were to become, where they could not: PostgreSQL asks it before
/// any constraint, so that nobody learns from a violation what is in another's row.
Result<void> check_intended(store::Transaction& transaction, const Access& access,
                            const Relation& relation, const Query& query,
                            const WrittenValues& changes, const WriteOptions& options) {
    Values values(access.dialect());
    SelectionWriter writer(access, values, options.nulls);
    const Source source = writer.open(relation);
    std::string columns;
    for (const Column& column : relation.columns) {
        if (!columns.empty()) columns += ", ";
        const std::string name = quote_name(column.name);
        const auto change = changes.find(column.name);
        columns += change == changes.end() ? source.alias + "." + name
                                           : values.add(change->second) + " AS " + name;
    }
    const auto where = touched(access, Command::update, query, options, writer, source);
    if (!where) return std::unexpected(where.error());
    const std::string sql =
        "SELECT 1 FROM (SELECT " + columns + " FROM " + quote_name(relation.name) + " AS " +
        source.alias + " WHERE " + *where + ") AS changed WHERE (" +
        access.check_sql(Command::update, relation, "changed") + ") IS NOT TRUE LIMIT 1";
    if (transaction.all_of(sql, values.view()).empty()) return {};
    return std::unexpected(policy_violation(relation));
}

Result<WrittenRows> run_update(store::Transaction& transaction, const Access& access,
                               const Relation& relation, const Query& query,
                               const WrittenValues& changes, const WriteOptions& options) {
    Values values(access.dialect());
    SelectionWriter writer(access, values, options.nulls);
    const Source source = writer.open(relation);
    std::string assignments;
    for (const auto& [column, value] : changes) {
        if (!assignments.empty()) assignments += ", ";
        assignments += quote_name(column) + " = " + values.add(value);
    }
    const auto where = touched(access, Command::update, query, options, writer, source);
    if (!where) return std::unexpected(where.error());
    WrittenRows rows(relation, access.dialect());
    const std::string sql = "UPDATE " + quote_name(relation.name) + " AS " + source.alias +
                            " SET " + assignments + " WHERE " + *where + " RETURNING " +
                            rows.returning();
    try {
        for (const store::Row& row : transaction.all_of(sql, values.view())) rows.add(row);
    } catch (const store::ConstraintViolation& violation) {
        const auto allowed = check_intended(transaction, access, relation, query, changes, options);
        if (!allowed) return std::unexpected(allowed.error());
        return std::unexpected(explain(violation, transaction, relation, changes));
    }
    return rows;
}

/// The new rows must pass the checks, and stay visible if they were looked for or are shown.
Result<void> check_updated(store::Transaction& transaction, const Access& access,
                           const Relation& relation, const WrittenRows& rows, bool reads) {
    auto passed =
        require_all(transaction, relation, rows, access.check_sql(Command::update, relation, "t0"));
    if (!passed || !reads) return passed;
    return require_all(transaction, relation, rows,
                       access.using_sql(Command::select, relation, "t0"));
}

Result<Written> show(store::Transaction& transaction, const Access& access,
                     const Relation& relation, const Query& query, const WrittenRows& rows,
                     const WriteOptions& options) {
    Written written;
    written.affected = static_cast<std::int64_t>(rows.size());
    if (auto right = require_count(written.affected, options); !right) {
        return std::unexpected(right.error());
    }
    if (!options.representation) return written;
    auto found = represent(transaction, access, relation, query, rows, options.nulls);
    if (!found) return std::unexpected(found.error());
    // An !inner embed may leave out of the answer what was written.
    const auto shown = static_cast<std::int64_t>(found->rows.size());
    if (auto right = require_count(shown, options); !right) return std::unexpected(right.error());
    written.found = std::move(*found);
    return written;
}

/// The rows that will go, while they are still there to be shown.
Result<WrittenRows> find_doomed(store::Transaction& transaction, const Access& access,
                                const Relation& relation, const Query& query,
                                const WriteOptions& options) {
    Values values(access.dialect());
    SelectionWriter writer(access, values, options.nulls);
    const Source source = writer.open(relation);
    const auto where = touched(access, Command::remove, query, options, writer, source);
    if (!where) return std::unexpected(where.error());
    WrittenRows rows(relation, access.dialect());
    const std::string sql = "SELECT " + rows.returning() + " FROM " + quote_name(relation.name) +
                            " AS " + source.alias + " WHERE " + *where;
    for (const store::Row& row : transaction.all_of(sql, values.view())) rows.add(row);
    return rows;
}

}  // namespace

Result<void> require_count(std::int64_t affected, const WriteOptions& options) {
    if (options.single && affected != 1) {
        return fail(
            "PGRST116", "Cannot coerce the result to a single JSON object",
            boost::json::string("The result contains " + std::to_string(affected) + " rows"));
    }
    if (options.affected_max && affected > *options.affected_max) {
        return fail("PGRST124", "Query result exceeds max-affected preference constraint",
                    boost::json::string("The query affects " + std::to_string(affected) + " rows"));
    }
    return {};
}

Result<Written> update_rows(store::Transaction& transaction, const Access& access,
                            const Relation& relation, const Query& query,
                            const std::vector<std::string>& columns,
                            const boost::json::object& changes, const WriteOptions& options) {
    if (auto allowed = access.allow(Command::update, relation); !allowed) {
        return std::unexpected(allowed.error());
    }
    const auto targets = find_targets(access, Command::update, relation, columns);
    if (!targets) return std::unexpected(targets.error());
    auto values = read_payload(access, relation, *targets, changes);
    if (!values) return std::unexpected(values.error());
    if (values->empty()) {
        return show(transaction, access, relation, query, WrittenRows(relation, access.dialect()),
                    options);
    }
    if (access.dialect().writes_like_postgresql()) {
        return update_guarded(transaction, access, relation, query, *values, options);
    }
    const auto rows = run_update(transaction, access, relation, query, *values, options);
    if (!rows) return std::unexpected(rows.error());
    const bool reads = also_reads(query, options);
    const auto checked = check_updated(transaction, access, relation, *rows, reads);
    if (!checked) return std::unexpected(checked.error());
    return show(transaction, access, relation, query, *rows, options);
}

Result<Written> delete_rows(store::Transaction& transaction, const Access& access,
                            const Relation& relation, const Query& query,
                            const WriteOptions& options) {
    if (auto allowed = access.allow(Command::remove, relation); !allowed) {
        return std::unexpected(allowed.error());
    }
    if (access.dialect().writes_like_postgresql()) {
        return delete_guarded(transaction, access, relation, query, options);
    }
    const auto rows = find_doomed(transaction, access, relation, query, options);
    if (!rows) return std::unexpected(rows.error());
    auto written = show(transaction, access, relation, query, *rows, options);
    if (!written || rows->size() == 0) return written;
    Values values(access.dialect());
    const std::string sql =
        "DELETE FROM " + quote_name(relation.name) + " WHERE " + rows->condition(values);
    try {
        transaction.execute_of(sql, values.view());
    } catch (const store::ConstraintViolation& violation) {
        return std::unexpected(
            explain_deletion(violation, transaction, access.catalog(), relation, *rows));
    }
    return written;
}

}  // namespace muster::rest
