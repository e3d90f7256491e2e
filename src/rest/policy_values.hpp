// SQL texts of a policy's values, by PostgreSQL's types: what may be compared with what, literals
// in the form that the database stores, casts. Called by policy_compiler.cpp; pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rest/catalog.hpp"

namespace muster::rest {

/// A compiled expression. A text literal has no type until what it stands beside gives it one.
struct PolicyValue {
    std::string sql = "NULL";
    std::optional<Type> type = {};            ///< empty: NULL, or a literal
    std::optional<std::string> literal = {};  ///< of a text literal
};

/// True: a number of any kind.
bool is_number(Type type);
bool is_json(Type type);

/// Gives literals their type. Empty: done; else PostgreSQL's message: a literal that is no value of
/// `type`, or a value of another type.
std::optional<std::string> coerce(PolicyValue& value, Type type);

/// Gives both one type, for `op`. Empty: done; else PostgreSQL's message.
std::optional<std::string> unify(PolicyValue& left, PolicyValue& right, std::string_view op);

/// `value`::`type`; a text that is no value of it becomes NULL, where PostgreSQL would fail.
/// Empty: a cast that is not supported.
std::optional<PolicyValue> cast(PolicyValue value, Type type);

}  // namespace muster::rest
