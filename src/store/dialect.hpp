// What the statements of the table API say differently on each database: the table API itself knows
// neither. Types are PostgreSQL's names ("uuid", "timestamp with time zone", "text[]"). Immutable,
// any thread. Implementations: sqlite/dialect.cpp, postgres/dialect.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/json_row.hpp"

namespace muster::store {

/// A member of a row that becomes JSON inside a statement.
struct SqlMember {
    std::string name;
    RowKind kind = RowKind::text;
    std::string sql;
};

/// A statement's parts, in which a value of its own becomes "$n" by `add`.
class SqlValues {
public:
    virtual ~SqlValues() = default;
    virtual std::string add_text(std::string text) = 0;
};

/// The statements that read the database's own tables of tables. The last three take a relation's
/// name as $1.
struct CatalogStatements {
    /// table, column, type or null, secrecy: of the columns of which something is stated
    std::string_view stated;
    /// relation, is a view, column, declared type, not null, default, place in the primary key or
    /// 0, the declared type is SQLite's, has row numbers, the database itself has row-level
    /// security switched on, the primary key's name or null; by relation and place
    std::string_view columns;
    /// index, its name is the constraint's, column or null for an expression; the oldest first
    std::string_view uniques;
    std::string_view seekable;  ///< column
    /// any number, target, column, target's column or null, blocks deletion, name or null, the
    /// target is one of these relations
    std::string_view foreign_keys;
};

class Dialect {
public:
    virtual ~Dialect() = default;

    /// The database itself holds row-level security for the transaction's actor: statements carry
    /// no policies of their own.
    virtual bool guards_rows() const = 0;
    /// Rows are written as PostgreSQL does: ON CONFLICT, DELETE ... RETURNING beside a SELECT, and
    /// a refusal ends the transaction.
    virtual bool writes_like_postgresql() const = 0;
    virtual const CatalogStatements& catalog() const = 0;
    /// What tells a row without a primary key.
    virtual std::string_view row_id() const = 0;

    /// A parameter as a value of that type.
    virtual std::string value(const std::string& parameter, std::string_view type) const = 0;
    /// In comparisons and in ORDER BY: JSON counts by what it says, not by how it is written.
    virtual std::string comparable(const std::string& sql, std::string_view type) const = 0;
    /// `operation`: "like", "ilike", "match", "imatch".
    virtual std::string pattern(std::string_view operation, const std::string& left,
                                const std::string& right) const = 0;
    /// left contains right (`@>`); of jsonb or text[].
    virtual std::string contains(const std::string& left, const std::string& right,
                                 std::string_view type) const = 0;
    /// Two text[] have something in common (`&&`).
    virtual std::string overlaps(const std::string& left, const std::string& right) const = 0;
    /// A JSON array of values of that type as the parameter of is_in.
    virtual std::string list(std::string items, std::string_view type) const = 0;
    /// `items`: a parameter that holds such a list.
    virtual std::string is_in(const std::string& left, const std::string& items,
                              std::string_view type) const = 0;

    /// A NULL of that type. `instead_of`: what stood there, for the sake of its parameters.
    virtual std::string null_of(std::string_view type, const std::string& instead_of) const = 0;
    /// One step into jsonb or text[]. `is_index`: `place` is a parameter with a number.
    virtual std::string json_step(const std::string& sql, std::string_view type,
                                  const std::string& place, bool is_index, bool as_text) const = 0;
    /// Between types that the caller knows to be castable.
    virtual std::string cast(const std::string& sql, std::string_view from,
                             std::string_view to) const = 0;
    /// The secret of a sealed column, for whom it may be shown to; `purpose`: what it was sealed
    /// for. Where the database cannot open it, the answer has it between reveal_mark() and ']', as
    /// "<mark>[purpose|sealed]".
    virtual std::string reveal(std::string_view purpose, const std::string& column) const = 0;
    /// Empty: the database opened it. Nobody can guess it.
    virtual std::string_view reveal_mark() const { return {}; }

    /// One JSON object of the first row of "SELECT members FROM ...": `rest` is what follows the
    /// members.
    virtual std::string row_subquery(std::vector<SqlMember> members, NullMembers nulls,
                                     const std::string& rest, SqlValues& values) const = 0;
    /// A JSON array of such objects.
    virtual std::string rows_subquery(std::vector<SqlMember> members, NullMembers nulls,
                                      const std::string& rest, SqlValues& values) const = 0;
    /// A JSON array of one member's values.
    virtual std::string values_subquery(const SqlMember& member, const std::string& rest,
                                        SqlValues& values) const = 0;

    /// A column of a row's key, as it is kept until the row is looked for again.
    virtual std::string key_column(const std::string& sql, std::string_view type) const = 0;
    /// "k", with the columns k.key (their order) and k.value, from a parameter that holds a JSON
    /// array.
    virtual std::string keys_from(const std::string& parameter) const = 0;
    /// k.value, or its part number `part` of an array, as a value of that type. -1: the whole.
    virtual std::string key_part(int part, std::string_view type) const = 0;
};

const Dialect& sqlite_dialect();
const Dialect& postgres_dialect();

}  // namespace muster::store
