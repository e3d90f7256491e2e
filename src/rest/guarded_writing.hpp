// Writes where the database holds row-level security itself and writes as PostgreSQL does
// (store/dialect.hpp): one statement each, whose refusals are the database's. A refusal ends the
// transaction, so nothing is asked afterwards. Called by writing.cpp and insertion.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rest/violations.hpp"
#include "rest/writing.hpp"
#include "rest/written_rows.hpp"

namespace muster::rest {

/// INSERT of row after row.
class RowInserter {
public:
    virtual ~RowInserter() = default;
    /// Fails: what insert_rows() does.
    virtual Result<void> write(const WrittenValues& values) = 0;
    /// What row-level security says of all that was written.
    virtual Result<void> check() const = 0;
    virtual const WrittenRows& rows() const = 0;  ///< where they are to be shown
    virtual std::int64_t affected() const = 0;
    virtual std::int64_t inserted() const = 0;
};

/// Fails: 0A000, where rows are to be shown of which nothing says that they were written.
Result<void> require_showable(const Relation& relation, const WriteOptions& options);

/// All references must outlive it. `conflict_columns`: empty with Conflict::refuse only.
std::unique_ptr<RowInserter> make_guarded_inserter(store::Transaction& transaction,
                                                   const Access& access, const Relation& relation,
                                                   Conflict conflict,
                                                   std::vector<std::string> conflict_columns,
                                                   const WriteOptions& options);

Result<Written> update_guarded(store::Transaction& transaction, const Access& access,
                               const Relation& relation, const Query& query,
                               const WrittenValues& changes, const WriteOptions& options);
Result<Written> delete_guarded(store::Transaction& transaction, const Access& access,
                               const Relation& relation, const Query& query,
                               const WriteOptions& options);

}  // namespace muster::rest
