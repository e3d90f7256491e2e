// Stored forms: schema/sqlite/0001_roster.sql says them.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_values.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/timestamp.hpp"
#include "rest/sql_text.hpp"

namespace muster::rest {

namespace {

/// Types whose values can be compared with each other.
enum class Family { text, uuid, boolean, number, timestamptz, date, json, array };

Family family_of(Type type) {
    switch (type) {
        case Type::text: return Family::text;
        case Type::uuid: return Family::uuid;
        case Type::boolean: return Family::boolean;
        case Type::integer:
        case Type::bigint:
        case Type::real:
        case Type::numeric: return Family::number;
        case Type::timestamptz: return Family::timestamptz;
        case Type::date: return Family::date;
        case Type::json:
        case Type::jsonb: return Family::json;
        case Type::text_array: return Family::array;
    }
    std::unreachable();
}

bool is_uuid(std::string_view text) {
    constexpr std::size_t length = 36;
    if (text.size() != length) return false;
    for (std::size_t i = 0; i < length; ++i) {
        const char c = text[i];
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (is_dash ? c != '-' : !is_hex) return false;
    }
    return true;
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
    });
    return lower;
}

constexpr std::string_view true_words = "'t','true','y','yes','on','1'";
constexpr std::string_view false_words = "'f','false','n','no','off','0'";

/// The SQL of a literal of that type; empty: it is none.
std::optional<std::string> literal_sql(const std::string& text, Type type) {
    const std::string lower = to_lower(text);
    switch (family_of(type)) {
        case Family::text:
        case Family::date: return quote_text(text);
        case Family::uuid:
            if (!is_uuid(lower)) return std::nullopt;
            return quote_text(lower);
        case Family::boolean:
            if (true_words.contains(quote_text(lower))) return "TRUE";
            if (false_words.contains(quote_text(lower))) return "FALSE";
            return std::nullopt;
        case Family::number: {
            constexpr std::size_t digits_max = 40;
            const std::size_t sign = text.starts_with('-') ? 1 : 0;
            const bool is_plain = text.size() > sign && text.size() <= digits_max &&
                                  text.find_first_not_of("0123456789", sign) == std::string::npos;
            if (!is_plain) return std::nullopt;
            return text;
        }
        case Family::timestamptz:
            if (const auto at = core::parse_timestamp(text)) return quote_text(core::to_text(*at));
            return std::nullopt;
        case Family::json:
        case Family::array: return std::nullopt;
    }
    std::unreachable();
}

std::string_view name_of(const PolicyValue& value) {
    return value.type ? to_text(*value.type) : "unknown";
}

PolicyValue cast_to_text(PolicyValue value) {
    switch (family_of(value.type.value_or(Type::text))) {
        case Family::boolean:
            value.sql = fmt::format("(CASE WHEN {} THEN 'true' WHEN NOT {} THEN 'false' END)",
                                    value.sql, value.sql);
            break;
        case Family::number: value.sql = fmt::format("CAST({} AS TEXT)", value.sql); break;
        default: break;
    }
    value.type = Type::text;
    return value;
}

std::string text_to_number(const std::string& sql, Type type) {
    const bool is_whole = type == Type::integer || type == Type::bigint;
    return fmt::format("(CASE WHEN pg_match({}, '{}') THEN CAST({} AS {}) END)", sql,
                       is_whole ? "^ *[-+]?[0-9]{1,18} *$" : "^ *[-+]?[0-9]{1,15}([.][0-9]*)? *$",
                       sql, is_whole ? "INTEGER" : "REAL");
}

}  // namespace

bool is_number(Type type) {
    return family_of(type) == Family::number;
}

bool is_json(Type type) {
    return family_of(type) == Family::json;
}

std::optional<std::string> coerce(PolicyValue& value, Type type) {
    if (value.literal) {
        auto sql = literal_sql(*value.literal, type);
        if (!sql) {
            return fmt::format("invalid input syntax for type {}: \"{}\"", to_text(type),
                               *value.literal);
        }
        value = {*std::move(sql), type, {}};
    } else if (value.type && family_of(*value.type) != family_of(type)) {
        return fmt::format("expected type {}, not type {}", to_text(type), to_text(*value.type));
    }
    return std::nullopt;
}

std::optional<std::string> unify(PolicyValue& left, PolicyValue& right, std::string_view op) {
    if (left.literal && right.literal) {
        coerce(left, Type::text);
        coerce(right, Type::text);
    }
    if (left.literal && right.type) return coerce(left, *right.type);
    if (right.literal && left.type) return coerce(right, *left.type);
    if (left.literal) return coerce(left, Type::text);
    if (right.literal) return coerce(right, Type::text);
    const bool is_comparable = !left.type || !right.type ||
                               (family_of(*left.type) == family_of(*right.type) &&
                                *left.type != Type::json && *left.type != Type::jsonb);
    if (is_comparable) return std::nullopt;
    return fmt::format("operator does not exist: {} {} {}", name_of(left), op, name_of(right));
}

std::optional<PolicyValue> cast(PolicyValue value, Type type) {
    if (value.literal && family_of(type) != Family::json) {
        if (coerce(value, type)) return std::nullopt;
        return value;
    }
    if (value.literal) coerce(value, Type::text);
    if (!value.type) return PolicyValue{value.sql, type, {}};
    const Family from = family_of(*value.type);
    const Family to = family_of(type);
    if (to == Family::text && from != Family::timestamptz && from != Family::json &&
        from != Family::array) {
        return cast_to_text(std::move(value));
    }
    if (from == Family::text && to == Family::uuid) {
        value.sql = fmt::format("lower({})", value.sql);
    } else if (from == Family::text && to == Family::boolean) {
        value.sql = fmt::format(
            "(CASE WHEN lower(trim({})) IN ({}) THEN TRUE WHEN lower(trim({})) IN ({}) THEN FALSE "
            "END)",
            value.sql, true_words, value.sql, false_words);
    } else if (from == Family::text && to == Family::number) {
        value.sql = text_to_number(value.sql, type);
    } else if (from == Family::text && to == Family::json) {
        value.sql = fmt::format("(CASE WHEN json_valid({}) THEN {} END)", value.sql, value.sql);
    } else if (from == Family::number && to == Family::number && type != *value.type) {
        const bool is_whole = type == Type::integer || type == Type::bigint;
        if (is_whole) value.sql = fmt::format("CAST(round({}) AS INTEGER)", value.sql);
    } else if (from != to) {
        return std::nullopt;
    }
    value.type = type;
    return value;
}

}  // namespace muster::rest
