// Reading members of a server's answer: what is missing or null is empty.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace muster::cli {

std::string text_of(const boost::json::object& object, std::string_view name);
std::int64_t integer_of(const boost::json::object& object, std::string_view name);
bool is_true(const boost::json::object& object, std::string_view name);
const boost::json::array& array_of(const boost::json::object& object, std::string_view name);
const boost::json::object& object_of(const boost::json::object& object, std::string_view name);

/// `value` if it is an object, else an empty one.
const boost::json::object& as_object(const boost::json::value& value);

/// "a, b" of an array of strings.
std::string joined(const boost::json::array& texts);

/// `text`, or a dash where there is none.
std::string or_dash(std::string text);

}  // namespace muster::cli
