// INSERT row by row: one prepared statement, exact keys of what was written, and upserts that treat
// the row they meet as PostgreSQL's ON CONFLICT does. On SQLite nobody else writes meanwhile.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "rest/guarded_writing.hpp"
#include "rest/payload.hpp"
#include "rest/violations.hpp"
#include "rest/writing.hpp"
#include "rest/written_rows.hpp"

namespace muster::rest {

namespace {

/// Which columns make two rows the same; none: no conflict is looked for, and `conflict` says so.
/// Fails: 42P10.
Result<std::vector<std::string>> find_conflict_columns(const Access& access,
                                                       const Relation& relation,
                                                       const std::vector<std::string>& named,
                                                       Conflict& conflict) {
    if (conflict == Conflict::refuse) return std::vector<std::string>{};
    if (named.empty()) {
        if (relation.primary_key) return relation.primary_key->columns;
        conflict = Conflict::refuse;
        return std::vector<std::string>{};
    }
    for (const std::string& column : named) {
        const auto found = access.allow(Command::insert, relation, column);
        if (!found) return std::unexpected(found.error());
    }
    if (!relation.is_unique(named)) {
        return fail("42P10",
                    "there is no unique or exclusion constraint matching the ON CONFLICT "
                    "specification");
    }
    return named;
}

/// What a new device without an organization gets: its caller's. Here a trigger sees to it once the
/// row is there, which is too late for a row that is only proposed; PostgreSQL's does it before.
std::string as_taken(const Relation& relation, const std::string& column, std::string value) {
    if (relation.name != "devices" || column != "organization_id") return value;
    return "coalesce(" + std::move(value) +
           ", (SELECT organization_id FROM profiles WHERE id = request_user()))";
}

/// Where row-level security is this program's affair: each row is looked for, written and checked.
class Inserter final : public RowInserter {
public:
    Inserter(store::Transaction& transaction, const Access& access, const Relation& relation,
             Conflict conflict, std::vector<std::string> conflict_columns)
        : m_transaction(transaction),
          m_access(access),
          m_relation(relation),
          m_conflict(conflict),
          m_conflict_columns(std::move(conflict_columns)),
          m_rows(relation, access.dialect()),
          m_inserted(relation, access.dialect()),
          m_merged(relation, access.dialect()) {}

    Result<void> write(const WrittenValues& values) override;
    Result<void> check() const override;
    const WrittenRows& rows() const override { return m_rows; }
    std::int64_t affected() const override { return static_cast<std::int64_t>(m_rows.size()); }
    std::int64_t inserted() const override { return static_cast<std::int64_t>(m_inserted.size()); }

private:
    Result<void> insert(const WrittenValues& values);
    Result<void> propose(const WrittenValues& values);
    std::string insertion(Values& parameters, const WrittenValues& values) const;
    Failure refusal(const store::ConstraintViolation& violation, const WrittenValues& values);
    Result<void> merge(const store::Row& key, const WrittenValues& values);
    std::optional<store::Row> find_same(const WrittenValues& values);
    bool passes_before(const WrittenValues& values);

    store::Transaction& m_transaction;
    const Access& m_access;
    const Relation& m_relation;
    Conflict m_conflict;
    std::vector<std::string> m_conflict_columns;
    WrittenRows m_rows;
    WrittenRows m_inserted;
    WrittenRows m_merged;
};

Result<void> Inserter::write(const WrittenValues& values) {
    const auto same = m_conflict == Conflict::refuse ? std::nullopt : find_same(values);
    if (!same) return insert(values);
    if (auto proposed = propose(values); !proposed) return proposed;
    if (m_conflict == Conflict::ignore) return {};
    return merge(*same, values);
}

std::optional<store::Row> Inserter::find_same(const WrittenValues& values) {
    Values parameters(m_access.dialect());
    std::string sql =
        "SELECT " + m_rows.returning() + " FROM " + quote_name(m_relation.name) + " WHERE ";
    for (const std::string& column : m_conflict_columns) {
        const auto value = values.find(column);
        const bool null =
            value == values.end() || std::holds_alternative<std::monostate>(value->second);
        if (null) return std::nullopt;
        if (parameters.size() > 0) sql += " AND ";
        sql += quote_name(column) + " = " + parameters.add(value->second);
    }
    auto found = m_transaction.all_of(sql, parameters.view());
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::string Inserter::insertion(Values& parameters, const WrittenValues& values) const {
    std::string names, marks;
    for (const auto& [column, value] : values) {
        const std::string comma = names.empty() ? "" : ", ";
        names += comma + quote_name(column);
        marks += comma + parameters.add(value);
    }
    return "INSERT INTO " + quote_name(m_relation.name) +
           (names.empty() ? " DEFAULT VALUES" : " (" + names + ") VALUES (" + marks + ")");
}

/// Whoever may not write the row does not learn from a duplicate that another one is there.
Failure Inserter::refusal(const store::ConstraintViolation& violation,
                          const WrittenValues& values) {
    if (!passes_before(values)) return policy_violation(m_relation);
    return explain(violation, m_transaction, m_relation, values);
}

Result<void> Inserter::insert(const WrittenValues& values) {
    Values parameters(m_access.dialect());
    const std::string sql = insertion(parameters, values) + " RETURNING " + m_rows.returning();
    try {
        for (const store::Row& row : m_transaction.all_of(sql, parameters.view())) {
            m_rows.add(row);
            m_inserted.add(row);
        }
    } catch (const store::ConstraintViolation& violation) {
        return std::unexpected(refusal(violation, values));
    }
    return {};
}

/// PostgreSQL checks what is proposed for insertion, also where a row like it is there: by the
/// guards, the policies, NOT NULL and CHECK. With a row like it there nothing is inserted. An
/// INSERT without values takes no ON CONFLICT here, and meets no row either.
Result<void> Inserter::propose(const WrittenValues& values) {
    Values parameters(m_access.dialect());
    const std::string sql = insertion(parameters, values) + " ON CONFLICT DO NOTHING";
    try {
        m_transaction.execute_of(sql, parameters.view());
    } catch (const store::ConstraintViolation& violation) {
        return std::unexpected(refusal(violation, values));
    }
    if (!passes_before(values)) return std::unexpected(policy_violation(m_relation));
    return {};
}

/// The existing row must be one that the caller may see and update: else nothing is written.
Result<void> Inserter::merge(const store::Row& key, const WrittenValues& values) {
    WrittenRows row(m_relation, m_access.dialect());
    row.add(key);
    for (const Command command : {Command::select, Command::update}) {
        auto seen = require_all(m_transaction, m_relation, row,
                                m_access.using_sql(command, m_relation, "t0"));
        if (seen) continue;
        return fail("42501",
                    "new row violates row-level security policy (USING expression) for table \"" +
                        m_relation.name + "\"");
    }
    Values parameters(m_access.dialect());
    std::string assignments;
    for (const auto& [column, value] : values) {
        if (!assignments.empty()) assignments += ", ";
        assignments +=
            quote_name(column) + " = " + as_taken(m_relation, column, parameters.add(value));
    }
    const std::string sql = "UPDATE " + quote_name(m_relation.name) + " SET " + assignments +
                            " WHERE " + row.condition(parameters);
    try {
        m_transaction.execute_of(sql, parameters.view());
    } catch (const store::ConstraintViolation& violation) {
        return std::unexpected(explain(violation, m_transaction, m_relation, values));
    }
    m_rows.add(key);
    m_merged.add(key);
    return {};
}

/// WITH CHECK of the row as it was to be written, where it could not be.
bool Inserter::passes_before(const WrittenValues& values) {
    Values parameters(m_access.dialect());
    std::string columns;
    for (const Column& column : m_relation.columns) {
        if (!columns.empty()) columns += ", ";
        const auto given = values.find(column.name);
        std::string value = given != values.end() ? parameters.add(given->second)
                                                  : column.default_sql.value_or("NULL");
        columns += as_taken(m_relation, column.name, std::move(value));
        columns += " AS " + quote_name(column.name);
    }
    const std::string check = m_access.check_sql(Command::insert, m_relation, "t0");
    const std::string sql = "SELECT (" + check + ") IS TRUE FROM (SELECT " + columns + ") AS t0";
    return m_transaction.all_of(sql, parameters.view()).at(0).boolean(0);
}

Result<void> Inserter::check() const {
    auto passed = require_all(m_transaction, m_relation, m_inserted,
                              m_access.check_sql(Command::insert, m_relation, "t0"));
    if (!passed) return passed;
    passed = require_all(m_transaction, m_relation, m_merged,
                         m_access.check_sql(Command::update, m_relation, "t0"));
    if (!passed) return passed;
    return require_all(m_transaction, m_relation, m_merged,
                       m_access.using_sql(Command::select, m_relation, "t0"));
}

/// Absent members are null, unless the column's default was asked for.
void fill_missing(const std::vector<const Column*>& targets, WrittenValues& values) {
    for (const Column* column : targets) values.try_emplace(column->name);
}

/// Showing the key is reading it. Empty: not one row, or no primary key.
Result<RowKey> key_of(store::Transaction& transaction, const Access& access,
                      const Relation& relation, const WrittenRows& rows) {
    RowKey key;
    if (rows.size() != 1 || !relation.primary_key) return key;
    const std::string visible = access.using_sql(Command::select, relation, "t0");
    if (auto seen = require_all(transaction, relation, rows, visible); !seen) {
        return std::unexpected(seen.error());
    }
    Values values(access.dialect());
    std::string columns;
    for (const std::string& column : relation.primary_key->columns) {
        const auto allowed = access.allow(Command::select, relation, column);
        if (!allowed) return std::unexpected(allowed.error());
        columns += (columns.empty() ? "CAST(t0." : ", CAST(t0.") + quote_name(column) + " AS TEXT)";
    }
    const std::string sql = "SELECT " + columns + " FROM " + rows.from("t0", values);
    const auto found = transaction.all_of(sql, values.view());
    if (found.empty()) return key;
    for (std::size_t i = 0; i < relation.primary_key->columns.size(); ++i) {
        key.emplace_back(relation.primary_key->columns[i], found.front().text(i));
    }
    return key;
}

Result<std::unique_ptr<RowInserter>> make_inserter(store::Transaction& transaction,
                                                   const Access& access, const Relation& relation,
                                                   const Query& query, const Insertion& insertion,
                                                   const WriteOptions& options) {
    Conflict conflict = insertion.conflict;
    auto columns = find_conflict_columns(access, relation, query.on_conflict, conflict);
    if (!columns) return std::unexpected(columns.error());
    if (conflict == Conflict::merge) {
        // As PostgreSQL asks for it: whether or not a row is met.
        auto allowed = access.allow(Command::update, relation);
        if (!allowed) return std::unexpected(allowed.error());
    }
    if (access.dialect().writes_like_postgresql()) {
        if (auto right = require_showable(relation, options); !right) {
            return std::unexpected(right.error());
        }
        return make_guarded_inserter(transaction, access, relation, conflict, std::move(*columns),
                                     options);
    }
    return std::make_unique<Inserter>(transaction, access, relation, conflict, std::move(*columns));
}

}  // namespace

Result<Written> insert_rows(store::Transaction& transaction, const Access& access,
                            const Relation& relation, const Query& query,
                            const Insertion& insertion, const WriteOptions& options) {
    if (auto allowed = access.allow(Command::insert, relation); !allowed) {
        return std::unexpected(allowed.error());
    }
    const auto targets = find_targets(access, Command::insert, relation, insertion.columns);
    if (!targets) return std::unexpected(targets.error());
    const auto inserter = make_inserter(transaction, access, relation, query, insertion, options);
    if (!inserter) return std::unexpected(inserter.error());
    RowInserter& rows = **inserter;
    for (const boost::json::value& row : insertion.rows) {
        auto values = read_payload(access, relation, *targets, row.as_object());
        if (!values) return std::unexpected(values.error());
        if (!insertion.default_for_missing) fill_missing(*targets, *values);
        if (auto done = rows.write(*values); !done) return std::unexpected(done.error());
    }
    if (auto passed = rows.check(); !passed) return std::unexpected(passed.error());
    Written written;
    written.affected = rows.affected();
    written.inserted = rows.inserted();
    if (auto right = require_count(written.affected, options); !right) {
        return std::unexpected(right.error());
    }
    if (options.key) {
        auto key = key_of(transaction, access, relation, rows.rows());
        if (!key) return std::unexpected(key.error());
        written.key = std::move(*key);
    }
    if (!options.representation) return written;
    auto found = represent(transaction, access, relation, query, rows.rows(), options.nulls);
    if (!found) return std::unexpected(found.error());
    // An !inner embed may leave out of the answer what was written.
    const auto shown = static_cast<std::int64_t>(found->rows.size());
    if (auto right = require_count(shown, options); !right) return std::unexpected(right.error());
    written.found = std::move(*found);
    return written;
}

}  // namespace muster::rest
