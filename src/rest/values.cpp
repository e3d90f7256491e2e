// PostgreSQL's input functions, type by type.
// SPDX-License-Identifier: Apache-2.0
#include "rest/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/random.hpp"
#include "core/timestamp.hpp"
#include "rest/array_literal.hpp"

namespace muster::rest {

namespace {

namespace json = boost::json;

constexpr std::size_t quoted_length_max = 200;  ///< of a caller's value, in an error's text

std::string quoted(std::string_view text) {
    return '"' + std::string(text.substr(0, quoted_length_max)) + '"';
}

std::unexpected<Failure> bad_syntax(Type type, std::string_view text) {
    return fail("22P02", "invalid input syntax for type " + std::string(to_text(type)) + ": " +
                             quoted(text));
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return result;
}

/// With and without dashes and braces, as PostgreSQL reads it.
Result<Value> parse_uuid(std::string_view text) {
    std::string hex = lower(text);
    if (hex.size() > 2 && hex.front() == '{' && hex.back() == '}') {
        hex = hex.substr(1, hex.size() - 2);
    }
    if (base::is_uuid(hex)) return hex;
    const bool plain =
        hex.size() == 32 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!plain) return bad_syntax(Type::uuid, text);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, "-");
    return hex;
}

Result<Value> parse_boolean(std::string_view text) {
    const std::string word = lower(trimmed(text));
    const auto begins = [&](std::string_view whole, std::size_t least) {
        return word.size() >= least && whole.starts_with(word);
    };
    if (begins("true", 1) || begins("yes", 1) || word == "on" || word == "1") return 1;
    if (begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0") return 0;
    return bad_syntax(Type::boolean, text);
}

Result<Value> parse_integer(Type type, std::string_view text) {
    std::string_view digits = trimmed(text);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = end == digits.data() + digits.size() && !digits.empty();
    if (!whole || error == std::errc::invalid_argument) return bad_syntax(type, text);
    using Small = std::numeric_limits<std::int32_t>;
    const bool fits = type == Type::bigint || (number >= Small::min() && number <= Small::max());
    if (error == std::errc::result_out_of_range || !fits) {
        return fail("22003", "value " + quoted(text) + " is out of range for type " +
                                 std::string(to_text(type)));
    }
    return number;
}

Result<Value> parse_real(Type type, std::string_view text) {
    std::string_view digits = trimmed(text);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc::result_out_of_range) {
        return fail("22003",
                    quoted(text) + " is out of range for type " + std::string(to_text(type)));
    }
    const bool whole = end == digits.data() + digits.size() && !digits.empty();
    if (!whole || error != std::errc{} || !std::isfinite(number)) return bad_syntax(type, text);
    return number;
}

/// Digits stand where a date has them: then a value that is refused is out of range, not nonsense.
bool looks_like_date(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00";
    if (text.size() < shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '-' ? text[i] != '-' : !digit) return false;
    }
    return true;
}

std::unexpected<Failure> bad_time(Type type, std::string_view text) {
    if (looks_like_date(trimmed(text))) {
        return fail("22008", "date/time field value out of range: " + quoted(text));
    }
    return fail("22007", "invalid input syntax for type " + std::string(to_text(type)) + ": " +
                             quoted(text));
}

/// PostgreSQL also takes a date alone, minutes without seconds, and a time without an offset: UTC.
Result<Value> parse_time(std::string_view text) {
    std::string whole(trimmed(text));
    constexpr std::size_t date_size = 10;
    constexpr std::size_t minutes_size = 16;
    if (whole.size() == date_size) whole += "T00:00:00";
    if (whole.size() == minutes_size) whole += ":00";
    for (const std::string_view offset : {"", "Z"}) {
        const auto at = core::parse_timestamp(whole + std::string(offset));
        if (at) return core::to_text(*at);
    }
    return bad_time(Type::timestamptz, text);
}

Result<Value> parse_date(std::string_view text) {
    auto at = parse_time(text);
    if (!at) return bad_time(Type::date, text);
    return std::get<std::string>(*at).substr(0, 10);
}

Result<Value> parse_json(std::string_view text) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    const json::value value = json::parse(text, error, {}, options);
    if (!error) return json::serialize(value);
    const std::string details = error == json::error::incomplete
                                    ? "The input string ended unexpectedly."
                                    : "Token " + quoted(text) + " is invalid.";
    return fail("22P02", "invalid input syntax for type json", json::string(details));
}

Result<Value> parse_text_array(std::string_view text) {
    const auto items = parse_array(text);
    if (!items) return std::unexpected(items.error());
    json::array array;
    for (const auto& item : *items) {
        array.push_back(item ? json::value(json::string(*item)) : json::value(nullptr));
    }
    return json::serialize(array);
}

}  // namespace

Result<Value> parse_value(Type type, std::string_view text) {
    switch (type) {
        case Type::text: return std::string(text);
        case Type::uuid: return parse_uuid(text);
        case Type::boolean: return parse_boolean(text);
        case Type::integer:
        case Type::bigint: return parse_integer(type, text);
        case Type::real:
        case Type::numeric: return parse_real(type, text);
        case Type::timestamptz: return parse_time(text);
        case Type::date: return parse_date(text);
        case Type::json:
        case Type::jsonb: return parse_json(text);
        case Type::text_array: return parse_text_array(text);
    }
    std::unreachable();
}

Result<Value> to_value(Type type, const json::value& json) {
    if (json.is_null()) return Value();
    if (type == Type::json || type == Type::jsonb) return boost::json::serialize(json);
    if (type == Type::text_array && json.is_array()) {
        boost::json::array texts;
        for (const auto& item : json.get_array()) {
            const bool as_it_is = item.is_string() || item.is_null();
            texts.push_back(
                as_it_is ? item
                         : boost::json::value(boost::json::string(boost::json::serialize(item))));
        }
        return boost::json::serialize(texts);
    }
    if (json.is_string()) return parse_value(type, std::string_view(json.get_string()));
    return parse_value(type, boost::json::serialize(json));
}

bool is_textual(Type type) {
    return type == Type::text;
}

}  // namespace muster::rest
