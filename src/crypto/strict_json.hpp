// JSON of a token's header and claims, read without doubt about what it says.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

namespace muster::crypto {

/// Empty: not one JSON object in UTF-8, nested deeper than `depth_max`, or a name stands twice in
/// an object (RFC 7515 section 4: readers would disagree about which of the two counts).
std::optional<boost::json::object> parse_strict_object(std::string_view text,
                                                       std::size_t depth_max);

}  // namespace muster::crypto
