// Policies as SQL of a boolean for SQLite. Called by policies.cpp for each table, command and role.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

#include "rest/policy_book.hpp"

namespace muster::rest {

/// Stands in compiled text where the alias of the policy's own table goes. No file can contain it.
inline constexpr char alias_mark = '\1';

enum class Clause { using_rows, check_rows };

/// What the table's policies let `role` (not service_role, which they do not bind) see or write.
/// Aliases inside are rls1, rls2, ... Fails: whatever the catalog or PostgreSQL's rules refuse.
std::expected<std::string, PolicyFault> compile_policies(const PolicyBook& book,
                                                         const SecuredTable& table, Role role,
                                                         Command command, Clause clause);

}  // namespace muster::rest
