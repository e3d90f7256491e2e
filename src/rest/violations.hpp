// What the database refused, in PostgreSQL's words: SQLSTATE, message, details.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "rest/catalog.hpp"
#include "rest/failure.hpp"
#include "rest/values.hpp"
#include "rest/written_rows.hpp"
#include "store/transaction.hpp"

namespace muster::rest {

/// What a statement wrote, by column.
using WrittenValues = std::map<std::string, Value, std::less<>>;

/// `values`: of the row that was refused. May ask the database which of several foreign keys it
/// was.
Failure explain(const store::ConstraintViolation& violation, store::Transaction& transaction,
                const Relation& relation, const WrittenValues& values);

/// Of a deletion: `doomed` are still there.
Failure explain_deletion(const store::ConstraintViolation& violation,
                         store::Transaction& transaction, const Catalog& catalog,
                         const Relation& relation, const WrittenRows& doomed);

}  // namespace muster::rest
