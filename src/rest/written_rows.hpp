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
    explicit WrittenRows(const Relation& relation);

    /// "a, b" for RETURNING: the primary key's columns, or rowid.
    std::string returning() const;
    /// A row that such a RETURNING gave.
    void add(const store::Row& row);
    std::size_t size() const { return m_keys.size(); }

    /// "id IN (SELECT value FROM json_each($n))".
    std::string condition(Values& values) const;
    /// "json_each($n) AS k, "devices" AS t0 WHERE t0.id = k.value".
    std::string from(const std::string& alias, Values& values) const;

private:
    const Relation& m_relation;
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
