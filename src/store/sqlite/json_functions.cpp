// Rows and values as JSON, and PostgreSQL's operators on jsonb and text[].
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "store/array_text.hpp"
#include "store/json_match.hpp"
#include "store/json_order.hpp"
#include "store/json_path.hpp"
#include "store/json_row.hpp"
#include "store/sqlite/calls.hpp"

namespace muster::store::sqlite {

namespace {

/// By which SQLite's own JSON functions know a text as JSON ('J').
constexpr unsigned json_subtype = 74;

void answer_json(sqlite3_context* call, std::string_view text) {
    answer(call, text);
    sqlite3_result_subtype(call, json_subtype);
}

Parameter parameter_of(sqlite3_value* value) {
    switch (sqlite3_value_type(value)) {
        case SQLITE_NULL: return {};
        case SQLITE_INTEGER: return std::int64_t{sqlite3_value_int64(value)};
        case SQLITE_FLOAT: return sqlite3_value_double(value);
        default: return text_of(value);
    }
}

/// json_row(spec, v1, v2, ...): store/json_row.hpp.
void json_row(sqlite3_context* call, Arguments arguments) {
    if (arguments.empty()) {
        sqlite3_result_error(call, "json_row takes a spec", -1);
        return;
    }
    const auto format = kept<RowFormat>(call, arguments, 0, &RowFormat::parse);
    if (!format) {
        sqlite3_result_error(call, "json_row: not a spec", -1);
        return;
    }
    std::array<Parameter, json_row_values_max> values;
    const std::size_t count = std::min(arguments.size() - 1, values.size());
    for (std::size_t i = 0; i < count; ++i) values[i] = parameter_of(arguments[i + 1]);
    std::string text;
    append_row_json(text, *format, std::span<const Parameter>(values).first(count));
    answer_json(call, text);
}

/// json_value(spec, v): one value, written as the spec's first member says.
void json_value(sqlite3_context* call, Arguments arguments) {
    const auto format = kept<RowFormat>(call, arguments, 0, &RowFormat::parse);
    if (!format || format->size() == 0) {
        sqlite3_result_error(call, "json_value: not a spec", -1);
        return;
    }
    std::string text;
    append_json_value(text, format->kind(0), parameter_of(arguments[1]));
    answer_json(call, text);
}

void json_list_step(sqlite3_context* call, Arguments arguments) {
    auto** list = static_cast<std::string**>(
        sqlite3_aggregate_context(call, static_cast<int>(sizeof(std::string*))));
    if (list == nullptr) throw std::bad_alloc();
    if (*list == nullptr) *list = new std::string("[");
    std::string& text = **list;
    const std::string_view value = text_of(arguments[0]);
    if (text.size() + value.size() >
        static_cast<std::size_t>(
            sqlite3_limit(sqlite3_context_db_handle(call), SQLITE_LIMIT_LENGTH, -1))) {
        sqlite3_result_error_toobig(call);
        return;
    }
    if (text.size() > 1) text += ',';
    text += is_null(arguments[0]) ? std::string_view("null") : value;
}

void json_list_final(sqlite3_context* call) noexcept {
    auto** list = static_cast<std::string**>(sqlite3_aggregate_context(call, 0));
    const std::unique_ptr<std::string> text(list == nullptr ? nullptr : *list);
    try {
        answer_json(call, text ? *text + "]" : "[]");
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(call);
    }
}

bool has_null(Arguments arguments) {
    return is_null(arguments[0]) || is_null(arguments[1]);
}

void json_contains(sqlite3_context* call, Arguments arguments) {
    if (has_null(arguments)) return;
    const auto wanted = kept<boost::json::value>(call, arguments, 1, &parse_json);
    const auto value = parse_json(text_of(arguments[0]));
    if (!wanted || !value) return;
    const auto found = store::json_contains(*value, *wanted);
    if (!found) {
        refuse(call, ArgumentFault::too_costly, "JSON containment takes too many comparisons");
        return;
    }
    answer(call, *found);
}

/// A number is an index of an array, as in PostgreSQL; anything else an object's key.
std::optional<std::string_view> step_into(Arguments arguments) {
    const std::string_view text = text_of(arguments[0]);
    if (sqlite3_value_type(arguments[1]) == SQLITE_INTEGER) {
        return json_element(text, sqlite3_value_int64(arguments[1]));
    }
    return json_member(text, text_of(arguments[1]));
}

void json_get(sqlite3_context* call, Arguments arguments) {
    if (has_null(arguments)) return;
    if (const auto value = step_into(arguments)) answer_json(call, *value);
}

void json_get_text(sqlite3_context* call, Arguments arguments) {
    if (has_null(arguments)) return;
    const auto value = step_into(arguments);
    if (!value) return;
    if (const auto text = json_text(*value)) answer(call, *text);
}

/// json_order(json): a blob; those of two values compare as PostgreSQL compares the values.
void json_order(sqlite3_context* call, Arguments arguments) {
    if (is_null(arguments[0])) return;
    const auto value = parse_json(text_of(arguments[0]));
    if (!value) return;
    const std::string key = json_order_key(*value);
    sqlite3_result_blob64(call, key.data(), key.size(), SQLITE_TRANSIENT);
}

/// array_text(json): a text[] as PostgreSQL casts it to text.
void array_text(sqlite3_context* call, Arguments arguments) {
    if (is_null(arguments[0])) return;
    if (const auto text = store::array_text(text_of(arguments[0]))) answer(call, *text);
}

/// `kept` serves either side: a value of the row, and the caller's operand.
template <bool (*Compare)(const TextArray&, const TextArray&)>
void compare_arrays(sqlite3_context* call, Arguments arguments) {
    if (has_null(arguments)) return;
    const auto a = kept<TextArray>(call, arguments, 0, &parse_text_array);
    const auto b = kept<TextArray>(call, arguments, 1, &parse_text_array);
    if (a && b) answer(call, Compare(*a, *b));
}

void add_json_list(sqlite3* connection, CallContext& context) {
    const int code = sqlite3_create_function_v2(
        connection, "json_list", 1, SQLITE_UTF8 | SQLITE_INNOCUOUS, &context, nullptr,
        &guarded<&json_list_step>, &json_list_final, nullptr);
    if (code != SQLITE_OK) throw_error(connection, code, "register a function");
}

}  // namespace

void add_json_functions(sqlite3* connection, CallContext& context) {
    const Function functions[] = {
        {"json_row", -1, &guarded<&json_row>, SQLITE_DETERMINISTIC},
        {"json_value", 2, &guarded<&json_value>, SQLITE_DETERMINISTIC},
        {"json_contains", 2, &guarded<&json_contains>, SQLITE_DETERMINISTIC},
        {"json_order", 1, &guarded<&json_order>, SQLITE_DETERMINISTIC},
        {"array_text", 1, &guarded<&array_text>, SQLITE_DETERMINISTIC},
        {"json_get", 2, &guarded<&json_get>, SQLITE_DETERMINISTIC},
        {"json_get_text", 2, &guarded<&json_get_text>, SQLITE_DETERMINISTIC},
        {"array_contains", 2, &guarded<&compare_arrays<&array_contains>>, SQLITE_DETERMINISTIC},
        {"json_overlaps", 2, &guarded<&compare_arrays<&arrays_overlap>>, SQLITE_DETERMINISTIC},
    };
    for (const Function& function : functions) add_function(connection, function, context);
    add_json_list(connection, context);
}

}  // namespace muster::store::sqlite
