// PostgreSQL 15, "jsonb containment and existence" and "array functions and operators".
// SPDX-License-Identifier: Apache-2.0
#include "store/json_match.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace muster::store {

namespace {

namespace json = boost::json;

bool is_container(const json::value& value) {
    return value.is_array() || value.is_object();
}

/// Numbers are equal by value: 1 is 1.0, as numeric is in PostgreSQL.
bool are_equal_scalars(const json::value& a, const json::value& b) {
    if (a.kind() == b.kind()) return a == b;
    if (!a.is_number() || !b.is_number()) return false;
    if (a.is_double() || b.is_double()) return a.to_number<double>() == b.to_number<double>();
    return false;  // one is int64, the other a uint64: beyond its range
}

/// Counts down as it compares: arrays of arrays cost the product of their sizes.
class Containment {
public:
    bool is_exhausted() const { return m_exhausted; }

    bool contains(const json::value& a, const json::value& b) {
        if (!take_step()) return false;
        if (a.is_object() && b.is_object()) return contains(a.get_object(), b.get_object());
        if (a.is_array() && b.is_array()) return contains(a.get_array(), b.get_array());
        return !is_container(a) && !is_container(b) && are_equal_scalars(a, b);
    }

    bool has_element(const json::array& a, const json::value& wanted) {
        return std::ranges::any_of(
            a, [&](const json::value& element) { return contains(element, wanted); });
    }

private:
    bool take_step() {
        if (m_steps == json_steps_max) m_exhausted = true;
        ++m_steps;
        return !m_exhausted;
    }
    bool contains(const json::object& a, const json::object& b) {
        return std::ranges::all_of(b, [&](const auto& member) {
            const json::value* found = a.if_contains(member.key());
            return found != nullptr && contains(*found, member.value());
        });
    }
    bool contains(const json::array& a, const json::array& b) {
        return std::ranges::all_of(
            b, [&](const json::value& wanted) { return has_element(a, wanted); });
    }

    std::size_t m_steps = 0;
    bool m_exhausted = false;
};

void add_elements(const json::array& array, TextArray& out) {
    for (const json::value& element : array) {
        if (element.is_null()) {
            out.has_null = true;
        } else if (element.is_string()) {
            out.texts.emplace_back(std::string_view(element.get_string()));
        } else if (element.is_array()) {
            add_elements(element.get_array(), out);  // of several dimensions: still one set
        } else {
            out.texts.push_back(json::serialize(element));
        }
    }
}

}  // namespace

std::optional<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = json_depth_max;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) return std::nullopt;
    return value;
}

std::optional<bool> json_contains(const json::value& a, const json::value& b) {
    Containment containment;
    // An array contains a bare scalar that is one of its elements; only at the top.
    const bool found = a.is_array() && !is_container(b) ? containment.has_element(a.get_array(), b)
                                                        : containment.contains(a, b);
    if (containment.is_exhausted()) return std::nullopt;
    return found;
}

std::optional<TextArray> parse_text_array(std::string_view text) {
    const auto parsed = parse_json(text);
    if (!parsed || !parsed->is_array()) return std::nullopt;
    TextArray array;
    add_elements(parsed->get_array(), array);
    std::ranges::sort(array.texts);
    const auto repeated = std::ranges::unique(array.texts);
    array.texts.erase(repeated.begin(), repeated.end());
    return array;
}

bool array_contains(const TextArray& a, const TextArray& b) {
    return !b.has_null && std::ranges::includes(a.texts, b.texts);
}

bool arrays_overlap(const TextArray& a, const TextArray& b) {
    auto left = a.texts.begin();
    auto right = b.texts.begin();
    while (left != a.texts.end() && right != b.texts.end()) {
        if (*left == *right) return true;
        (*left < *right ? left : right)++;
    }
    return false;
}

}  // namespace muster::store
