// Values between the client and the database: what a filter's operand or a body's member becomes in
// a column of some type, with PostgreSQL's words when it does not fit. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/value.hpp>

#include "rest/catalog.hpp"
#include "rest/failure.hpp"

namespace muster::rest {

/// A parameter that owns its text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// `text` as PostgreSQL reads a literal of that type, in the form that the database stores.
/// Fails: 22P02, 22003, 22007, 22008.
Result<Value> parse_value(Type type, std::string_view text);

/// A member of a JSON body, as json_populate_record takes it: null is NULL, a text is read like a
/// literal, anything else by its JSON text. Fails: as parse_value.
Result<Value> to_value(Type type, const boost::json::value& json);

/// The type holds text that LIKE and regular expressions can look at.
bool is_textual(Type type);

}  // namespace muster::rest
