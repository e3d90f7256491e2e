// Found rows as the body of an answer: JSON array, one JSON object, CSV.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/rest/media_types.hpp"
#include "rest/reading.hpp"

namespace muster::api {

/// For a single object, there must be exactly one row.
std::string to_body(const rest::Found& found, MediaType media);

}  // namespace muster::api
