// A letter for the kind, then what the kind is compared by. Nothing in a key depends on what stands
// behind it: texts end, numbers and counts have their widths.
// SPDX-License-Identifier: Apache-2.0
#include "store/json_order.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace muster::store {

namespace {

namespace json = boost::json;

enum class Kind : char { empty_array = 'a', null, text, number, truth, array, object };

void append_bits(std::string& key, std::uint64_t bits, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        key += static_cast<char>(bits >> shift & 0xFF);
    }
}

/// A zero byte is doubled with 0xFF, so that the one that ends the text is the least.
void append_text(std::string& key, std::string_view text) {
    for (const char c : text) {
        key += c;
        if (c == '\0') key += '\xFF';
    }
    key.append(2, '\0');
}

/// Of IEEE doubles with the sign bit turned, and all bits for negative ones, bytes are in order.
void append_double(std::string& key, double number) {
    constexpr std::uint64_t sign = std::uint64_t{1} << 63;
    const auto bits = std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);
    append_bits(key, (bits & sign) != 0 ? ~bits : bits | sign, 8);
}

/// What a double cannot hold of a 64-bit integer is at most 1024 either way.
template <class Integer>
void append_integer(std::string& key, Integer number) {
    constexpr std::int64_t middle = 0x8000;
    const auto nearest = static_cast<double>(number);
    append_double(key, nearest);
    const long double left = static_cast<long double>(number) - static_cast<long double>(nearest);
    append_bits(key, static_cast<std::uint64_t>(middle + std::llroundl(left)), 2);
}

void append_number(std::string& key, const json::value& value) {
    if (const auto* integer = value.if_int64()) return append_integer(key, *integer);
    if (const auto* natural = value.if_uint64()) return append_integer(key, *natural);
    append_double(key, value.get_double());
    append_bits(key, 0x8000, 2);
}

void append_value(std::string& key, const json::value& value);

/// jsonb keeps members by the length of their names, then by the names.
void append_members(std::string& key, const json::object& object) {
    std::vector<std::pair<std::string_view, const json::value*>> members;
    for (const auto& member : object) members.emplace_back(member.key(), &member.value());
    std::ranges::sort(members, [](const auto& left, const auto& right) {
        return std::pair(left.first.size(), left.first) <
               std::pair(right.first.size(), right.first);
    });
    for (const auto& [name, value] : members) {
        append_text(key, name);
        append_value(key, *value);
    }
}

void append_kind(std::string& key, Kind kind) {
    key += static_cast<char>(kind);
}

void append_value(std::string& key, const json::value& value) {
    if (value.is_null()) return append_kind(key, Kind::null);
    if (const auto* text = value.if_string()) {
        append_kind(key, Kind::text);
        append_text(key, *text);
    } else if (const auto* truth = value.if_bool()) {
        append_kind(key, Kind::truth);
        key += *truth ? '1' : '0';
    } else if (const auto* array = value.if_array()) {
        append_kind(key, Kind::array);
        append_bits(key, array->size(), 4);
        for (const json::value& element : *array) append_value(key, element);
    } else if (const auto* object = value.if_object()) {
        append_kind(key, Kind::object);
        append_bits(key, object->size(), 4);
        append_members(key, *object);
    } else {
        append_kind(key, Kind::number);
        append_number(key, value);
    }
}

}  // namespace

std::string json_order_key(const json::value& value) {
    std::string key;
    // PostgreSQL's manual: "an empty top level array sorts less than null", for historical reasons.
    if (value.is_array() && value.get_array().empty()) {
        append_kind(key, Kind::empty_array);
    } else {
        append_value(key, value);
    }
    return key;
}

}  // namespace muster::store
