// The rows that a write touched, by their keys, and what row-level security says of them
// afterwards. Called by writing.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "rest/access.hpp"
#include "rest/reading.hpp"
#include "rest/sql_text.hpp"
#include "store/transaction.hpp"

namespace muster::rest {

/// Keeps the keys as one JSON array, which goes into a statement as one parameter.
class WrittenRows {
public:
    /// Both must outlive it.
    WrittenRows(const Relation& relation, const store::Dialect& dialect);

    /// "a, b" for RETURNING: the primary key's columns, or the row's number.
    /// `alias`: of the table, where the statement has one.
    std::string returning(const std::string& alias = {}) const;
    /// A row that such a RETURNING gave.
    void add(const store::Row& row);
    std::size_t size() const { return m_keys.size(); }
    const store::Dialect& dialect() const { return m_dialect; }

    /// "id IN (SELECT k.value FROM <keys>)".
    std::string condition(Values& values) const;
    /// "<keys>, "devices" AS t0 WHERE t0.id = k.value".
    std::string from(const std::string& alias, Values& values) const;

private:
    std::string type_of(std::size_t column) const;
    std::string keys(Values& values) const;

    const Relation& m_relation;
    const store::Dialect& m_dialect;
    std::vector<std::string> m_columns;
    boost::json::array m_keys;
};

/// Fails: 42501 unless `predicate` (SQL of the alias t0) is true of every row.
Result<void> require_all(store::Transaction& transaction, const Relation& relation,
                         const WrittenRows& rows, const std::string& predicate);

/// The rows as the caller may see them, in the order of writing unless the query has its own.
/// Fails: 42501 when one may not be seen.
Result<Found> represent(store::Transaction& transaction, const Access& access,
                        const Relation& relation, const Query& query, const WrittenRows& rows,
                        store::NullMembers nulls);

Failure policy_violation(const Relation& relation);

}  // namespace muster::rest
