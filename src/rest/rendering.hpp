// Found rows as the body of an answer: JSON array, one JSON object, CSV. Called by api/rest.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rest/reading.hpp"

namespace muster::rest {

std::string to_json_array(const Found& found, NullMembers nulls);
/// There must be exactly one row.
std::string to_json_object(const Found& found, NullMembers nulls);
/// A header line and the rows; without rows, nothing.
std::string to_csv(const Found& found);

}  // namespace muster::rest
