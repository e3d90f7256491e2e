// policies.sql, said so that PostgreSQL's planner can use indexes for it. Run by migrate.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace muster::store::postgres {

/// The script that makes the policies of `file` anew, with the same names and the same meaning:
/// - what a policy asks of the request stands in a subquery, so that it is asked once a statement
///   instead of once a row, and so that the answer may be looked up in an index;
/// - IN (SELECT ...) is an array, and "a global_admin may" a range of ids that is empty for
///   everybody else: each side of the OR of a table's policies then has its index.
/// A policy that the file no longer has is dropped by a numbered migration.
std::string policy_script(std::string_view file);

}  // namespace muster::store::postgres
