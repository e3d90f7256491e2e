// What the operators say of a value, as PostgreSQL's manual defines them.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.hpp"
#include "differential/oracle.hpp"
#include "differential/rights.hpp"

namespace muster::differential {

namespace {

using Texts = std::vector<std::string>;

/// ASCII letters only: the generator's patterns have no others.
std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return text;
}

Texts characters_of(std::string_view text) {
    Texts characters;
    while (!text.empty()) {
        const std::size_t length = std::max<std::size_t>(base::utf8_front(text), 1);
        characters.emplace_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return characters;
}

bool is_like(std::span<const std::string> text, std::span<const std::string> pattern) {
    if (pattern.empty()) return text.empty();
    if (pattern.front() == "%" || pattern.front() == "*") {
        return is_like(text, pattern.subspan(1)) ||
               (!text.empty() && is_like(text.subspan(1), pattern));
    }
    if (text.empty()) return false;
    const bool escaped = pattern.front() == "\\" && pattern.size() > 1;
    if (escaped) pattern = pattern.subspan(1);
    const bool same = (!escaped && pattern.front() == "_") || pattern.front() == text.front();
    return same && is_like(text.subspan(1), pattern.subspan(1));
}

bool is_like(const std::string& text, const std::string& pattern) {
    const Texts left = characters_of(text);
    const Texts right = characters_of(pattern);
    return is_like(std::span(left), std::span(right));
}

/// A literal with ^ before or $ behind it: the patterns that are generated.
bool is_match(std::string_view text, std::string_view pattern) {
    const bool from_start = pattern.starts_with('^');
    if (from_start) pattern.remove_prefix(1);
    const bool to_end = pattern.ends_with('$');
    if (to_end) pattern.remove_suffix(1);
    if (from_start && to_end) return text == pattern;
    if (from_start) return text.starts_with(pattern);
    return to_end ? text.ends_with(pattern) : text.contains(pattern);
}

/// jsonb @> jsonb.
bool contains(const json::value& left, const json::value& right) {
    if (left.is_object() && right.is_object()) {
        return std::ranges::all_of(right.get_object(), [&](const auto& member) {
            const json::value* const other = left.get_object().if_contains(member.key());
            return other && contains(*other, member.value());
        });
    }
    if (left.is_array() && right.is_array()) {
        return std::ranges::all_of(right.get_array(), [&](const json::value& wanted) {
            return std::ranges::any_of(left.get_array(), [&](const json::value& item) {
                return item.is_structured() ? contains(item, wanted) : item == wanted;
            });
        });
    }
    return left == right && !left.is_structured();
}

/// text[] @> text[]: a null is contained by nothing.
bool includes(const json::array& left, const json::array& right) {
    return std::ranges::all_of(right, [&](const json::value& wanted) {
        return !wanted.is_null() && std::ranges::find(left, wanted) != left.end();
    });
}

bool overlaps(const json::array& left, const json::array& right) {
    return std::ranges::any_of(right, [&](const json::value& wanted) {
        return !wanted.is_null() && std::ranges::find(left, wanted) != left.end();
    });
}

/// {a,"b c"} as the generator writes it: each item quoted, or bare.
json::array parse_array(std::string_view literal) {
    json::array items;
    std::string item;
    bool quoted = false;
    for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
        const char c = literal[i];
        if (c == '\\') {
            item += literal[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            items.emplace_back(std::exchange(item, {}));
        } else {
            item += c;
        }
    }
    if (literal.size() > 2) items.emplace_back(item);
    return items;
}

/// A time operand in the form that is stored: the generator writes that, or whole seconds and Z.
std::string stored_time(std::string text) {
    if (text.ends_with('Z')) text = text.substr(0, text.size() - 1) + ".000000+00:00";
    return text;
}

json::value operand_of(const Place& place, const std::string& text) {
    if (!place.path.empty()) {
        return place.as_text ? json::value(json::string(text)) : json::parse(text);
    }
    switch (place.column->kind) {
        case Kind::boolean: return text == "true";
        case Kind::time: return json::string(stored_time(text));
        case Kind::json: return json::parse(text);
        case Kind::texts: return parse_array(text);
        case Kind::uuid: return json::string(lower(text));
        case Kind::text: break;
    }
    return json::string(text);
}

int order_of(const json::value& left, const json::value& right) {
    if (left.is_bool()) {
        return static_cast<int>(left.get_bool()) - static_cast<int>(right.get_bool());
    }
    return left.as_string().compare(right.as_string());
}

bool holds(const json::value& left, const std::string& op, const json::value& right) {
    if (op == "eq") return left == right;
    if (op == "neq") return left != right;
    if (op == "gt") return order_of(left, right) > 0;
    if (op == "gte") return order_of(left, right) >= 0;
    if (op == "lt") return order_of(left, right) < 0;
    if (op == "lte") return order_of(left, right) <= 0;
    const bool texts = left.is_array() && right.is_array();
    if (op == "ov") return texts && overlaps(left.get_array(), right.get_array());
    const json::value& whole = op == "cs" ? left : right;
    const json::value& part = op == "cs" ? right : left;
    return texts ? includes(whole.get_array(), part.get_array()) : contains(whole, part);
}

bool matches(const std::string& text, const std::string& op, const std::string& pattern) {
    if (op == "like") return is_like(text, pattern);
    if (op == "ilike") return is_like(lower(text), lower(pattern));
    if (op == "match") return is_match(text, pattern);
    return is_match(lower(text), lower(pattern));
}

Truth compare(const std::optional<json::value>& value, const Place& place, const Test& test,
              const std::string& operand) {
    if (test.op == "isdistinct") return !value || *value != operand_of(place, operand);
    if (!value) return std::nullopt;
    const bool pattern = test.op.ends_with("like") || test.op.ends_with("match");
    if (pattern) return matches(std::string(value->as_string()), test.op, operand);
    return holds(*value, test.op, operand_of(place, operand));
}

Truth is(const std::optional<json::value>& value, const std::string& word) {
    if (word == "null" || word == "unknown") return !value;
    if (word == "not_null") return value.has_value();
    return value && value->as_bool() == (word == "true");
}

/// in, any and all: of an empty list all is true, and in and any are false even of null.
Truth compare_list(const std::optional<json::value>& value, const Place& place, const Test& test) {
    const bool all = test.quantifier == Quantifier::all;
    Test one = test;
    if (test.op == "in") one.op = "eq";
    Truth result = all;
    for (const std::string& operand : test.operands) {
        const Truth single = compare(value, place, one, operand);
        if (single == Truth(!all)) return !all;
        if (!single) result = std::nullopt;
    }
    return result;
}

}  // namespace

std::optional<json::value> read_place(const Asker& asker, const Place& place, const Row& row) {
    json::value value = shown(asker, *place.column, row);
    if (value.is_null()) return std::nullopt;
    for (const auto& step : place.path) {
        json::value next = nullptr;
        bool found = false;
        if (const auto* key = std::get_if<std::string>(&step)) {
            const json::object* const object = value.if_object();
            found = object && object->contains(*key);
            if (found) next = object->at(*key);
        } else if (const json::array* const array = value.if_array()) {
            const int index = std::get<int>(step);
            const auto count = static_cast<int>(array->size());
            const int at = index < 0 ? count + index : index;
            found = at >= 0 && at < count;
            if (found) next = array->at(static_cast<std::size_t>(at));
        }
        if (!found) return std::nullopt;
        value = next;
    }
    if (!place.as_text) return value;
    if (value.is_null()) return std::nullopt;
    if (value.is_string()) return value;
    return json::value(json::string(json::serialize(value)));
}

Truth test_value(const std::optional<json::value>& value, const Place& place, const Test& test) {
    Truth truth;
    if (test.op == "is") {
        truth = is(value, test.operands.front());
    } else if (test.op == "in" || test.quantifier != Quantifier::none) {
        truth = compare_list(value, place, test);
    } else {
        truth = compare(value, place, test, test.operands.front());
    }
    if (test.negated && truth) return !*truth;
    return truth;
}

}  // namespace muster::differential
