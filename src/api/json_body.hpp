// A request's body as a JSON object: the first thing that reads bytes of strangers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>

#include "core/result.hpp"

namespace muster::api {

/// Nesting beyond this is refused: invalid_json.
inline constexpr std::size_t json_depth_max = 32;

/// Fails: invalid_json (not JSON, not an object, nested too deep, bytes after it), invalid_utf8.
core::Result<boost::json::object> parse_json_body(std::string_view body,
                                                  boost::json::storage_ptr memory = {});

}  // namespace muster::api
