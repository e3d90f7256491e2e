// PostgreSQL's json_strip_nulls, for answers with nulls=stripped. Called by json_row.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace muster::store {

/// Appends the JSON text without the members of objects, at any depth, that are null; nulls in
/// arrays stay. All else goes in as it is. Of text that is not JSON: something, in linear time.
void append_json_without_nulls(std::string& out, std::string_view json);

}  // namespace muster::store
