// PostgreSQL's order of jsonb values, as keys that compare byte by byte. Called by the SQL function
// json_order.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace muster::store {

/// Equal for equal values: 1 and 1.0, objects with their members in any order. Null comes first,
/// then texts (by their bytes), numbers, false, true, arrays, objects; of arrays and of objects the
/// shorter ones come first.
std::string json_order_key(const boost::json::value& value);

}  // namespace muster::store
