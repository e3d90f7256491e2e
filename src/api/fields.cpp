// Checks of form; what a field means is app/'s business.
// SPDX-License-Identifier: Apache-2.0
#include "api/fields.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/random.hpp"

namespace muster::api {

namespace {

using core::Code;
using core::fail;

bool is_fingerprint_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_listed(std::string_view word, std::string_view words) {
    while (!words.empty()) {
        const auto comma = words.find(", ");
        if (words.substr(0, comma) == word) return true;
        if (comma == std::string_view::npos) break;
        words.remove_prefix(comma + 2);
    }
    return false;
}

}  // namespace

std::string to_lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return text;
}

OptionalText read_text(const boost::json::object& object, std::string_view name,
                       TextLimits limits) {
    const boost::json::value* const value = object.if_contains(name);
    if (!value || value->is_null()) return std::nullopt;
    if (!value->is_string()) return fail(Code::invalid_type, std::string(name), "a string");
    std::string text(value->get_string());
    const std::string length = fmt::format("{}-{}", limits.min, limits.max);
    // Escapes can spell half a surrogate pair, which is no text.
    if (!base::is_valid_utf8(text)) return fail(Code::invalid_utf8, std::string(name));
    const std::size_t count = base::code_point_count(text);
    if (count < limits.min || count > limits.max) {
        return fail(Code::invalid_length, std::string(name), length);
    }
    if (base::has_control_characters(text)) {
        return fail(Code::invalid_characters, std::string(name), "printable characters");
    }
    return text;
}

OptionalText read_fingerprint(const boost::json::object& object, std::string_view name) {
    auto text = read_text(object, name, fingerprint_limits);
    if (text && *text && !std::ranges::all_of(**text, is_fingerprint_character)) {
        return fail(Code::invalid_characters, std::string(name), "A-Z, a-z, 0-9 and -");
    }
    return text;
}

OptionalText read_uuid(const boost::json::object& object, std::string_view name) {
    auto text = read_text(object, name, {1, 100});
    if (!text || !*text) return text;
    if (!base::is_uuid(**text)) return fail(Code::invalid_type, std::string(name), "a UUID");
    return to_lower(std::move(**text));
}

OptionalText read_word(const boost::json::object& object, std::string_view name,
                       std::string_view words) {
    auto text = read_text(object, name, {0, 100});
    if (text && *text && !is_listed(**text, words)) {
        return fail(Code::invalid_value, std::string(name), std::string(words));
    }
    return text;
}

OptionalText read_email(const boost::json::object& object, std::string_view name) {
    auto text = read_text(object, name, email_limits);
    if (!text || !*text) return text;
    const std::string& email = **text;
    const auto at = email.find('@');
    const bool shaped = at != std::string::npos && at > 0 && at + 1 < email.size() &&
                        email.find('@', at + 1) == std::string::npos &&
                        email.find(' ') == std::string::npos;
    if (!shaped) return fail(Code::invalid_type, std::string(name), "an e-mail address");
    return to_lower(std::move(**text));
}

core::Result<std::chrono::seconds> read_seconds(const boost::json::object& object,
                                                std::string_view name, SecondsLimits limits) {
    const boost::json::value* const value = object.if_contains(name);
    if (!value || value->is_null()) return fail(Code::missing_field, std::string(name));
    if (!value->is_int64()) return fail(Code::invalid_type, std::string(name), "a whole number");
    const std::chrono::seconds seconds(value->get_int64());
    if (seconds < limits.min || seconds > limits.max) {
        return fail(Code::invalid_value, std::string(name),
                    fmt::format("{} to {}", limits.min.count(), limits.max.count()));
    }
    return seconds;
}

core::Result<std::string> require(OptionalText text, std::string_view name) {
    if (!text) return std::unexpected(std::move(text.error()));
    if (!*text) return fail(Code::missing_field, std::string(name));
    return std::move(**text);
}

}  // namespace muster::api
