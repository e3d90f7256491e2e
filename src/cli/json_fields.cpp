// Boost.JSON's if_contains and type tests, written once.
// SPDX-License-Identifier: Apache-2.0
#include "cli/json_fields.hpp"

#include <boost/json.hpp>

namespace muster::cli {
namespace {

namespace json = boost::json;

const json::object no_object;
const json::array no_array;

}  // namespace

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    if (member == nullptr || !member->is_string()) return {};
    return std::string(member->get_string());
}

std::int64_t integer_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

bool is_true(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member != nullptr && member->is_bool() && member->get_bool();
}

const json::array& array_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member != nullptr && member->is_array() ? member->get_array() : no_array;
}

const json::object& object_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member != nullptr ? as_object(*member) : no_object;
}

const json::object& as_object(const json::value& value) {
    return value.is_object() ? value.get_object() : no_object;
}

std::string joined(const json::array& texts) {
    std::string line;
    for (const json::value& text : texts) {
        if (!text.is_string()) continue;
        if (!line.empty()) line += ", ";
        line += std::string_view(text.get_string());
    }
    return line;
}

std::string or_dash(std::string text) {
    return text.empty() ? "-" : text;
}

}  // namespace muster::cli
