// The functions that policies may call, as a table. Called by policy_compiler.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "rest/catalog.hpp"

namespace muster::rest {

struct PolicyFunction {
    std::string_view schema;  ///< "auth", or empty: also with `public.` or `pg_catalog.` before it
    std::string_view name;
    std::string_view sql;  ///< what is called in SQLite
    std::span<const Type> parameters;
    Type result;
};

/// Null: none of that name and number of arguments.
const PolicyFunction* find_policy_function(std::string_view schema, std::string_view name,
                                           std::size_t arguments);

/// PostgreSQL's SECURITY DEFINER functions of one uuid: `result` of the rows of `table` whose `key`
/// it is, whatever that table's policies say. A set goes only into `x IN (SELECT f(...))`.
struct DefinerFunction {
    std::string_view name;
    std::string_view table;
    std::string_view key;
    std::string_view result;
    Type type;
    bool is_set;
};

const DefinerFunction* find_definer_function(std::string_view schema, std::string_view name);

}  // namespace muster::rest
