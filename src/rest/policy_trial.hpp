// Whether the database takes what policies have been compiled to. Called by api/rest/table_schema
// for an operator's own file, at start: a policy that fails each request is found there.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "rest/policies.hpp"
#include "store/transaction.hpp"

namespace muster::rest {

/// Runs each table's predicates on no rows. Empty: all of them work; else one sentence that names
/// the table.
std::optional<std::string> try_policies(store::Transaction& transaction, const Catalog& catalog,
                                        const Policies& policies);

}  // namespace muster::rest
