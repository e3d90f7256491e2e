// JSON of a token's header and claims, read without doubt about what it says.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/strict_json.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

namespace muster::crypto {
namespace {

namespace json = boost::json;

/// `text` is valid JSON: there each colon outside of a string follows one name of one object.
std::size_t written_names(std::string_view text) {
    std::size_t names = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            in_string = !in_string;
        } else if (in_string) {
            if (text[i] == '\\') ++i;
        } else if (text[i] == ':') {
            ++names;
        }
    }
    return names;
}

/// The parser bounds the depth, and with it this recursion.
std::size_t kept_names(const json::value& value) {
    std::size_t names = 0;
    if (const auto* object = value.if_object()) {
        names += object->size();
        for (const auto& member : *object) names += kept_names(member.value());
    } else if (const auto* array = value.if_array()) {
        for (const json::value& item : *array) names += kept_names(item);
    }
    return names;
}

}  // namespace

std::optional<json::object> parse_strict_object(std::string_view text, std::size_t depth_max) {
    json::parse_options options;
    options.max_depth = depth_max;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error || !value.is_object()) return std::nullopt;
    // The parser keeps the last of two equal names, so a missing one was there twice.
    if (written_names(text) != kept_names(value)) return std::nullopt;
    return std::move(value.get_object());
}

}  // namespace muster::crypto
