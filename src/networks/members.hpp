// Objects and lists inside a control plane's answer, tolerant: what is missing is null or empty.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include <boost/json/value.hpp>

namespace muster::networks {

/// A view into `object`.
inline const boost::json::value& member_of(const boost::json::value& object,
                                           std::string_view name) {
    static const boost::json::value missing;
    if (!object.is_object()) return missing;
    const boost::json::value* member = object.get_object().if_contains(name);
    return member ? *member : missing;
}

/// The elements, if `value` is a list: a view into it.
inline std::span<const boost::json::value> elements_of(const boost::json::value& value) {
    if (!value.is_array()) return {};
    return {value.get_array().data(), value.get_array().size()};
}

inline std::span<const boost::json::value> list_member(const boost::json::value& object,
                                                       std::string_view name) {
    return elements_of(member_of(object, name));
}

}  // namespace muster::networks
