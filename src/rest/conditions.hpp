// One filter as an SQL boolean, with PostgreSQL's meaning: its nulls, its LIKE, its operators'
// types. Called for each condition of a request by selection.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rest/expressions.hpp"

namespace muster::rest {

/// `left` is the condition's field. Fails: 22P02 and its like for an operand that the type does not
/// take, 42883 an operator that the type does not have, 2201B a bad pattern, 0A000 an operator that
/// needs PostgreSQL.
Result<std::string> condition_sql(const Expression& left, const Condition& condition,
                                  Values& values);

}  // namespace muster::rest
