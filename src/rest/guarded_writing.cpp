// RETURNING is reading: it stands there only where rows are shown, or where a conflict has to be
// told from an insertion.
// SPDX-License-Identifier: Apache-2.0
#include "rest/guarded_writing.hpp"

#include <utility>

#include <fmt/format.h>

#include "rest/payload.hpp"

namespace muster::rest {

namespace {

/// A parameter as the column takes it.
std::string assigned(Values& values, const Relation& relation, const std::string& column,
                     const Value& value) {
    const Column* const known = relation.find_column(column);
    const bool is_array = known && known->type == Type::text_array;
    return is_array ? values.add(value, known->type) : values.add(value);
}

std::string assignments_of(Values& values, const Relation& relation, const WrittenValues& changes) {
    std::string sql;
    for (const auto& [column, value] : changes) {
        if (!sql.empty()) sql += ", ";
        sql += quote_name(column) + " = " + assigned(values, relation, column, value);
    }
    return sql;
}

/// The filters of a write, which read.
Result<std::string> filters_of(const Access& access, const Query& query,
                               const WriteOptions& options, SelectionWriter& writer,
                               const Source& source) {
    if (options.representation || !query.level.where.children.empty()) {
        if (auto allowed = access.allow(Command::select, source.relation); !allowed) {
            return std::unexpected(allowed.error());
        }
    }
    return writer.filters(query.level, source);
}

/// Without it nothing says which rows were written.
bool tells_rows(const Relation& relation) {
    return relation.primary_key || relation.has_rowid;
}

/// An !inner embed may leave out of the answer what was written.
Result<Written> shown(Written written, Found found, const WriteOptions& options) {
    const auto count = static_cast<std::int64_t>(found.rows.size());
    if (auto right = require_count(count, options); !right) return std::unexpected(right.error());
    written.found = std::move(found);
    return written;
}

class GuardedInserter final : public RowInserter {
public:
    GuardedInserter(store::Transaction& transaction, const Access& access, const Relation& relation,
                    Conflict conflict, std::vector<std::string> conflict_columns,
                    const WriteOptions& options)
        : m_transaction(transaction),
          m_access(access),
          m_relation(relation),
          m_conflict(conflict),
          m_conflict_columns(std::move(conflict_columns)),
          m_shows((options.representation || options.key) && tells_rows(relation)),
          m_rows(relation, access.dialect()) {}

    Result<void> write(const WrittenValues& values) override {
        Values parameters(m_access.dialect());
        const std::string sql = insertion(parameters, values) + conflict_clause(values);
        try {
            run(sql, parameters);
        } catch (const store::ConstraintViolation& violation) {
            return std::unexpected(explain(violation, m_transaction, m_relation, values));
        }
        return {};
    }
    Result<void> check() const override { return {}; }
    const WrittenRows& rows() const override { return m_rows; }
    std::int64_t affected() const override { return m_affected; }
    std::int64_t inserted() const override { return m_inserted; }

private:
    std::string insertion(Values& parameters, const WrittenValues& values) const {
        std::string names, marks;
        for (const auto& [column, value] : values) {
            const std::string comma = names.empty() ? "" : ", ";
            names += comma + quote_name(column);
            marks += comma + assigned(parameters, m_relation, column, value);
        }
        return "INSERT INTO " + quote_name(m_relation.name) +
               (names.empty() ? " DEFAULT VALUES" : " (" + names + ") VALUES (" + marks + ")");
    }

    std::string conflict_clause(const WrittenValues& values) const {
        if (m_conflict == Conflict::refuse) return {};
        std::string columns;
        for (const std::string& column : m_conflict_columns) {
            columns += (columns.empty() ? "" : ", ") + quote_name(column);
        }
        std::string changes;
        for (const auto& [column, value] : values) {
            if (!changes.empty()) changes += ", ";
            changes += fmt::format("{0} = excluded.{0}", quote_name(column));
        }
        const bool merges = m_conflict == Conflict::merge && !changes.empty();
        return " ON CONFLICT (" + columns + ")" +
               (merges ? " DO UPDATE SET " + changes : " DO NOTHING");
    }

    /// A row that was merged has been locked by this transaction, a new one by nobody; a
    /// partitioned table does not say.
    void run(const std::string& sql, const Values& parameters) {
        const bool merges = m_conflict == Conflict::merge;
        if (!m_shows && !merges) {
            count(m_transaction.execute_of(sql, parameters.view()), true);
            return;
        }
        const std::string keys = m_shows ? m_rows.returning() + ", " : "";
        const bool says_new = merges && m_relation.has_rowid;
        const std::string statement =
            fmt::format("{} RETURNING {}{}", sql, keys, says_new ? "xmax = 0" : "TRUE");
        for (const store::Row& row : m_transaction.all_of(statement, parameters.view())) {
            count(1, row.boolean(row.size() - 1));
            if (m_shows) m_rows.add(row);
        }
    }

    void count(std::int64_t rows, bool is_new) {
        m_affected += rows;
        if (is_new) m_inserted += rows;
    }

    store::Transaction& m_transaction;
    const Access& m_access;
    const Relation& m_relation;
    Conflict m_conflict;
    std::vector<std::string> m_conflict_columns;
    bool m_shows;
    WrittenRows m_rows;
    std::int64_t m_affected = 0;
    std::int64_t m_inserted = 0;
};

}  // namespace

Result<void> require_showable(const Relation& relation, const WriteOptions& options) {
    if (!options.representation || tells_rows(relation)) return {};
    return fail("0A000", "rows of \"" + relation.name +
                             "\" cannot be shown once they are written: it has no primary key");
}

std::unique_ptr<RowInserter> make_guarded_inserter(store::Transaction& transaction,
                                                   const Access& access, const Relation& relation,
                                                   Conflict conflict,
                                                   std::vector<std::string> conflict_columns,
                                                   const WriteOptions& options) {
    return std::make_unique<GuardedInserter>(transaction, access, relation, conflict,
                                             std::move(conflict_columns), options);
}

Result<Written> update_guarded(store::Transaction& transaction, const Access& access,
                               const Relation& relation, const Query& query,
                               const WrittenValues& changes, const WriteOptions& options) {
    if (auto right = require_showable(relation, options); !right) {
        return std::unexpected(right.error());
    }
    Values values(access.dialect());
    SelectionWriter writer(access, values, options.nulls);
    const Source source = writer.open(relation);
    const std::string assignments = assignments_of(values, relation, changes);
    const auto filters = filters_of(access, query, options, writer, source);
    if (!filters) return std::unexpected(filters.error());
    WrittenRows rows(relation, access.dialect());
    const std::string sql = "UPDATE " + quote_name(relation.name) + " AS " + source.alias +
                            " SET " + assignments + " WHERE " + *filters;
    Written written;
    try {
        if (options.representation) {
            for (const store::Row& row : transaction.all_of(
                     sql + " RETURNING " + rows.returning(source.alias), values.view())) {
                rows.add(row);
            }
            written.affected = static_cast<std::int64_t>(rows.size());
        } else {
            written.affected = transaction.execute_of(sql, values.view());
        }
    } catch (const store::ConstraintViolation& violation) {
        return std::unexpected(explain(violation, transaction, relation, changes));
    }
    if (auto right = require_count(written.affected, options); !right) {
        return std::unexpected(right.error());
    }
    if (!options.representation) return written;
    auto found = represent(transaction, access, relation, query, rows, options.nulls);
    if (!found) return std::unexpected(found.error());
    return shown(std::move(written), std::move(*found), options);
}

/// What goes is shown by the statement that deletes it: afterwards nothing is there to be shown.
Result<Written> delete_guarded(store::Transaction& transaction, const Access& access,
                               const Relation& relation, const Query& query,
                               const WriteOptions& options) {
    Values values(access.dialect());
    SelectionWriter writer(access, values, options.nulls);
    const Source source = writer.open(relation);
    const auto filters = filters_of(access, query, options, writer, source);
    if (!filters) return std::unexpected(filters.error());
    const std::string deletion =
        "DELETE FROM " + quote_name(relation.name) + " AS " + source.alias + " WHERE " + *filters;
    Written written;
    Found found;
    try {
        if (options.representation) {
            const auto members = writer.members(query.level, source);
            if (!members) return std::unexpected(members.error());
            const auto order = writer.order(query.level, source);
            if (!order) return std::unexpected(order.error());
            found.shape = shape_of(*members);
            found.rows = transaction.all_of(
                "WITH gone AS (" + deletion + " RETURNING " + source.alias + ".*) SELECT " +
                    select_list(*members) + " FROM gone AS " + source.alias + *order,
                values.view());
            reveal_rows(access, found);
            written.affected = static_cast<std::int64_t>(found.rows.size());
        } else {
            written.affected = transaction.execute_of(deletion, values.view());
        }
    } catch (const store::ConstraintViolation& violation) {
        return std::unexpected(explain(violation, transaction, relation, {}));
    }
    if (auto right = require_count(written.affected, options); !right) {
        return std::unexpected(right.error());
    }
    if (!options.representation) return written;
    return shown(std::move(written), std::move(found), options);
}

}  // namespace muster::rest
