// SQLite's result codes as the exceptions of store/transaction.hpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "store/transaction.hpp"

struct sqlite3;

namespace muster::store::sqlite {

/// The rule of the database that an extended result code tells of; empty: not a refusal.
std::optional<ConstraintViolation::Kind> constraint_kind(int extended_code);

/// What our SQL functions refuse in their arguments.
enum class ArgumentFault { like, regex, too_costly, syntax };
/// The result code that tells it, for sqlite3_result_error_code.
int refusal_code(ArgumentFault fault);
/// The SQLSTATE of such a code; empty: another code.
std::optional<std::string_view> refused_argument(int extended_code);

/// Throws ConstraintViolation, ArgumentRefused or StoreError for the connection's last error.
/// `doing` is a few words for the log: "run a statement". The text never holds a parameter's value.
[[noreturn]] void throw_error(sqlite3* connection, int code, std::string_view doing);

}  // namespace muster::store::sqlite
