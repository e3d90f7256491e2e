// Merging metadata.
// SPDX-License-Identifier: Apache-2.0
#include "app/metadata.hpp"

#include <algorithm>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.hpp"

namespace muster::app {

namespace {

namespace json = boost::json;
using core::Code;

json::value sorted(const json::value& value);

json::object sorted(const json::object& object) {
    std::vector<std::string_view> names;
    for (const auto& member : object) names.push_back(member.key());
    std::ranges::sort(names);
    json::object result;
    for (const std::string_view name : names) result[name] = sorted(object.at(name));
    return result;
}

// As deep as the JSON parser lets a body be.
json::value sorted(const json::value& value) {  // NOLINT(misc-no-recursion)
    if (value.is_object()) return sorted(value.get_object());
    if (!value.is_array()) return value;
    json::array result;
    for (const json::value& element : value.get_array()) result.push_back(sorted(element));
    return result;
}

}  // namespace

core::Result<std::string> merged_metadata(const std::string& stored, const json::object& changes) {
    boost::system::error_code broken;
    const json::value before = json::parse(stored, broken);
    json::object merged;
    if (!broken && before.is_object()) merged = before.get_object();
    for (const auto& [name, value] : changes) {
        if (value.is_null()) {
            merged.erase(name);
        } else {
            merged[name] = value;
        }
    }
    std::string text = json::serialize(sorted(merged));
    // Escapes can spell half a surrogate pair, which is no text.
    if (!base::is_valid_utf8(text)) {
        return core::fail(Code::validation_failed, "data", "User metadata is not valid UTF-8");
    }
    if (text.size() > metadata_bytes_max) {
        return core::fail(
            Code::validation_failed, "data",
            "User metadata may hold at most " + std::to_string(metadata_bytes_max) + " bytes");
    }
    return text;
}

}  // namespace muster::app
