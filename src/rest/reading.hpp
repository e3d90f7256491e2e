// GET: the rows of a relation that a query asks for and the caller may see.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rest/access.hpp"
#include "rest/query.hpp"
#include "rest/selection.hpp"
#include "store/transaction.hpp"

namespace muster::rest {

/// Rows and what their cells are called.
struct Found {
    std::vector<store::RowMember> shape = {};
    std::vector<store::Row> rows = {};
    std::optional<std::int64_t> total = {};  ///< without limit and offset, if it was asked for
};

struct ReadOptions {
    bool count = false;
    store::NullMembers nulls = store::NullMembers::kept;
};

/// Puts the secrets in that the database could not open.
void reveal_rows(const Access& access, Found& found);

/// Runs as the transaction's actor, whose role must be the access's. Fails: what selection.hpp
/// lists.
Result<Found> read_rows(store::Transaction& transaction, const Access& access,
                        const Relation& relation, const Query& query, const ReadOptions& options);

}  // namespace muster::rest
