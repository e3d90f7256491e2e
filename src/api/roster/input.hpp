// What the roster's list routes take in their query string and path.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/router.hpp"

namespace muster::api {

inline constexpr int page_size = 50;
inline constexpr int page_size_max = 200;

/// ?limit=: 1 to page_size_max. Fails: invalid_value.
core::Result<int> read_limit(const net::Request& request);

/// A query parameter; empty when absent. Fails: invalid_length, invalid_characters.
core::Result<std::optional<std::string>> read_query(const net::Request& request,
                                                    std::string_view name);

/// An id in the query string, in lower case. Fails: as read_query; invalid_type.
core::Result<std::optional<std::string>> read_query_id(const net::Request& request,
                                                       std::string_view name);

/// The id in the path: anything that is no UUID names nothing. Fails: `missing`.
core::Result<std::string> read_path_id(const Call& call, core::Code missing);

}  // namespace muster::api
