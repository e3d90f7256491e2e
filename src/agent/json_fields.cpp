// Kinds are checked, nothing throws.
// SPDX-License-Identifier: Apache-2.0
#include "agent/json_fields.hpp"

#include <boost/json/value.hpp>

namespace muster::agent {

std::string text_of(const boost::json::object& object, std::string_view name,
                    std::string_view fallback) {
    const boost::json::value* member = object.if_contains(name);
    if (member == nullptr || !member->is_string()) return std::string(fallback);
    return std::string(member->get_string());
}

bool flag_of(const boost::json::object& object, std::string_view name) {
    const boost::json::value* member = object.if_contains(name);
    return member != nullptr && member->is_bool() && member->get_bool();
}

const boost::json::object* object_of(const boost::json::object& object, std::string_view name) {
    const boost::json::value* member = object.if_contains(name);
    return member == nullptr ? nullptr : member->if_object();
}

}  // namespace muster::agent
