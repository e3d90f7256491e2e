// Values between their stored forms and others: casts that can fail, sealed columns.
// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>

#include "store/sqlite/calls.hpp"

namespace muster::store::sqlite {

namespace {

void refuse_cast(sqlite3_context* call, std::string_view type, std::string_view text) {
    refuse(
        call, ArgumentFault::syntax,
        "invalid input syntax for type " + std::string(type) + ": \"" + std::string(text) + "\"");
}

/// All of `text` as a number.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// cast_text(text, type): to PostgreSQL's integer, bigint, double precision or numeric.
void cast_text(sqlite3_context* call, Arguments arguments) {
    if (is_null(arguments[0])) return;
    const std::string_view text = text_of(arguments[0]);
    const std::string_view type = text_of(arguments[1]);
    if (type == "integer" || type == "bigint") {
        const auto number = parse_number<std::int64_t>(text);
        if (!number) return refuse_cast(call, type, text);
        return sqlite3_result_int64(call, *number);
    }
    const auto number = parse_number<double>(text);
    if (!number || !std::isfinite(*number)) return refuse_cast(call, type, text);
    sqlite3_result_double(call, *number);
}

/// reveal_secret(purpose, sealed): null for what does not open.
void reveal_secret(sqlite3_context* call, Arguments arguments) {
    const auto& reveal = context_of(call).reveal;
    if (is_null(arguments[1]) || !reveal) return;
    const auto secret = reveal(text_of(arguments[0]), text_of(arguments[1]));
    if (secret) answer(call, *secret);
}

}  // namespace

void add_value_functions(sqlite3* connection, CallContext& context) {
    add_function(connection, {"cast_text", 2, &guarded<&cast_text>, SQLITE_DETERMINISTIC}, context);
    add_function(connection, {"reveal_secret", 2, &guarded<&reveal_secret>}, context);
}

}  // namespace muster::store::sqlite
