// Header fields as lists and as text that may stand in an answer. Called by the table API's parsers
// of Prefer, Accept and Content-Type.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace muster::api {

/// The elements of all fields of that name, without blanks around them; empty ones are left out.
std::vector<std::string_view> list_elements(std::span<const net::HeaderView> headers,
                                            std::string_view name);

/// Bytes beyond ASCII are Latin-1, as header fields have it: the result is valid UTF-8.
std::string to_utf8(std::string_view field);

std::string to_lower_case(std::string_view text);

}  // namespace muster::api
