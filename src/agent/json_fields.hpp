// Members of JSON objects that others wrote: what is missing or of another kind is simply not
// there.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace muster::agent {

/// `fallback` where there is no such text.
std::string text_of(const boost::json::object& object, std::string_view name,
                    std::string_view fallback = {});

/// False where there is no such flag.
bool flag_of(const boost::json::object& object, std::string_view name);

/// Null where there is no such object.
const boost::json::object* object_of(const boost::json::object& object, std::string_view name);

}  // namespace muster::agent
