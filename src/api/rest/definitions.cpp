// What Swagger has words for; the rest goes into `format` and `description`, as PostgREST does.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/definitions.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace muster::api {

namespace {

namespace json = boost::json;
using rest::Type;

/// Empty for JSON, which may be anything.
std::string_view swagger_type(Type type) {
    switch (type) {
        case Type::boolean: return "boolean";
        case Type::integer:
        case Type::bigint: return "integer";
        case Type::real:
        case Type::numeric: return "number";
        case Type::json:
        case Type::jsonb: return {};
        case Type::text_array: return "array";
        case Type::text:
        case Type::uuid:
        case Type::timestamptz:
        case Type::date: return "string";
    }
    std::unreachable();
}

template <typename Number>
std::optional<json::value> parse_number(std::string_view text) {
    Number number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || rest != end) return std::nullopt;
    return json::value(number);
}

/// SQLite keeps booleans as numbers.
std::optional<json::value> parse_boolean(std::string_view text) {
    if (text == "1" || text == "TRUE" || text == "true") return json::value(true);
    if (text == "0" || text == "FALSE" || text == "false") return json::value(false);
    return std::nullopt;
}

/// Of what computes a default the text is shown where the type is a string: "now()".
std::optional<json::value> default_of(const rest::Column& column) {
    if (!column.default_sql) return std::nullopt;
    std::string_view sql = *column.default_sql;
    const std::string_view type = swagger_type(column.type);
    if (type == "boolean") return parse_boolean(sql);
    if (type == "integer") return parse_number<std::int64_t>(sql);
    if (type == "number") return parse_number<double>(sql);
    if (type != "string" || sql == "NULL") return std::nullopt;
    // PostgreSQL writes 'pending'::text.
    const std::string cast = "::" + column.type_name;
    if (sql.ends_with(cast)) sql.remove_suffix(cast.size());
    while (sql.starts_with('\'')) sql.remove_prefix(1);
    while (sql.ends_with('\'')) sql.remove_suffix(1);
    return json::value(sql);
}

const rest::ForeignKey* find_foreign_key(const OpenTable& table, const rest::Column& column,
                                         std::span<const OpenTable> tables) {
    for (const rest::ForeignKey& key : table.relation->foreign_keys) {
        const bool is_its = key.columns.size() == 1 && key.columns.front() == column.name;
        if (!is_its || key.target_columns.size() != 1) continue;
        const bool is_open = std::ranges::any_of(
            tables, [&](const OpenTable& other) { return other.relation->name == key.target; });
        if (is_open) return &key;
    }
    return nullptr;
}

/// How clients that read the document, Supabase's among them, learn of keys.
std::string key_notes(const OpenTable& table, const rest::Column& column,
                      std::span<const OpenTable> tables) {
    std::string notes;
    const auto& primary = table.relation->primary_key;
    if (primary && std::ranges::count(primary->columns, column.name) > 0) {
        notes += "\nThis is a Primary Key.<pk/>";
    }
    if (const rest::ForeignKey* key = find_foreign_key(table, column, tables)) {
        notes += fmt::format("\nThis is a Foreign Key to `{0}.{1}`.<fk table='{0}' column='{1}'/>",
                             key->target, key->target_columns.front());
    }
    return notes.empty() ? notes : "Note:" + notes;
}

json::object make_property(const OpenTable& table, const rest::Column& column,
                           std::span<const OpenTable> tables) {
    json::object property;
    if (const auto fallback = default_of(column)) property["default"] = *fallback;
    const std::string notes = key_notes(table, column, tables);
    if (!notes.empty()) property["description"] = notes;
    property["format"] = column.type_name;
    const std::string_view type = swagger_type(column.type);
    if (!type.empty()) property["type"] = type;
    if (type == "array") property["items"] = json::object{{"type", "string"}};
    return property;
}

json::object make_definition(const OpenTable& table, std::span<const OpenTable> tables) {
    json::array required;
    json::object properties;
    for (const rest::Column* column : table.columns) {
        if (!column->nullable) required.emplace_back(column->name);
        properties[column->name] = make_property(table, *column, tables);
    }
    json::object definition;
    if (!required.empty()) definition["required"] = std::move(required);
    definition["properties"] = std::move(properties);
    definition["type"] = "object";
    return definition;
}

}  // namespace

json::object make_definitions(std::span<const OpenTable> tables) {
    json::object definitions;
    for (const OpenTable& table : tables) {
        definitions[table.relation->name] = make_definition(table, tables);
    }
    return definitions;
}

}  // namespace muster::api
