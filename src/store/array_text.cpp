// PostgreSQL 15, "array input and output syntax".
// SPDX-License-Identifier: Apache-2.0
#include "store/array_text.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "store/json_match.hpp"

namespace muster::store {

namespace {

namespace json = boost::json;

bool is_word_null(std::string_view text) {
    constexpr std::string_view null = "null";
    return std::ranges::equal(text, null, {}, [](char c) { return static_cast<char>(c | 0x20); });
}

void append_element(std::string& out, std::string_view text) {
    const bool is_plain = !text.empty() && !is_word_null(text) &&
                          text.find_first_of("{},\"\\ \t\n\r\v\f") == std::string_view::npos;
    if (is_plain) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

void append_array(std::string& out, const json::array& array) {
    out += '{';
    bool is_first = true;
    for (const json::value& element : array) {
        if (!is_first) out += ',';
        is_first = false;
        if (element.is_null()) {
            out += "NULL";
        } else if (const auto* inner = element.if_array()) {
            append_array(out, *inner);
        } else if (const auto* text = element.if_string()) {
            append_element(out, *text);
        } else {
            append_element(out, json::serialize(element));
        }
    }
    out += '}';
}

}  // namespace

std::optional<std::string> array_text(std::string_view json) {
    const auto parsed = parse_json(json);
    if (!parsed || !parsed->is_array()) return std::nullopt;
    std::string text;
    append_array(text, parsed->get_array());
    return text;
}

}  // namespace muster::store
