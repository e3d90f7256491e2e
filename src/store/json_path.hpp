// One step into a JSON text, as PostgreSQL's -> and ->> take it. Called by the SQL functions
// json_get and json_get_text. Reads the text in place: numbers keep their digits, no tree is built.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::store {

/// `text -> 'key'`: the member's text; the last one if there are several. Empty: not an object, or
/// no such member. Of text that is not JSON: something or nothing, in linear time.
std::optional<std::string_view> json_member(std::string_view text, std::string_view key);

/// `text -> index`: the element's text; -1 is the last. Empty: not an array, or it is shorter.
std::optional<std::string_view> json_element(std::string_view text, std::int64_t index);

/// `->>`: a string without its quotes and escapes, anything else as written. Empty: null.
std::optional<std::string> json_text(std::string_view value);

}  // namespace muster::store
