// PostgreSQL's refusals as the exceptions of store/transaction.hpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <libpq-fe.h>

#include "store/transaction.hpp"

namespace muster::store::postgres {

/// The unit of work has to run again from its start: it met another one (40001, 40P01), its
/// connection is gone before it asked for its commit, or what was prepared is of no more use: the
/// server does not know the names, or a table has other columns now.
class RunAgain : public StoreUnavailable {
public:
    enum class Why { conflict, connection, statement_names, statement_plans };
    RunAgain(Why why, const std::string& what) : StoreUnavailable(what), m_why(why) {}
    Why why() const { return m_why; }

private:
    Why m_why;
};

/// Throws RunAgain, ConstraintViolation, ArgumentRefused, StatementTooComplex, StoreUnavailable or
/// StoreError. The text never holds a parameter's value, save what PostgreSQL puts into its DETAIL,
/// which only DatabaseWords carries, and a value that has not the form of its type, which
/// ArgumentRefused repeats to whoever sent it.
[[noreturn]] void throw_error(const PGresult* result);

/// For errors after which the connection is of no more use: its server shuts down, or may not write
/// because another one is the primary.
bool ends_connection(const PGresult* result);

/// "devices.fingerprint" from a unique violation's table and DETAIL.
std::string columns_of(std::string_view table, std::string_view detail);

}  // namespace muster::store::postgres
