// PostgreSQL's text form of values, to and from what the rest of storage knows. Called by
// connection.cpp for each parameter and each cell.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/transaction.hpp"

namespace muster::store::postgres {

/// PostgreSQL's text form; empty: null. Throws ArgumentRefused 22021: a NUL byte, which
/// PostgreSQL's texts cannot hold.
std::optional<std::string> parameter_text(const Parameter& parameter);

/// A cell by its type's OID. Booleans are 0 and 1, times core::to_text's form, text[] a JSON array.
/// Expects DateStyle ISO and TimeZone UTC. Throws StoreError: text that is not of the type.
Cell cell_of(unsigned type, std::string_view text);

}  // namespace muster::store::postgres
