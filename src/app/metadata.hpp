// What people and clients write about a user: free JSON of a bounded size, because it travels in
// every access token.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "core/result.hpp"

namespace muster::app {

/// Serialised. A token with more would not fit into a request's headers.
inline constexpr std::size_t metadata_bytes_max = 8192;

/// `stored` with the members of `changes`: a null takes its member away. Members in order of their
/// names. Fails: validation_failed (too much, or text that is none).
core::Result<std::string> merged_metadata(const std::string& stored,
                                          const boost::json::object& changes);

}  // namespace muster::app
