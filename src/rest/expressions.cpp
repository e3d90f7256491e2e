// SQLite stores uuid, timestamptz, date, JSON and arrays as text (store/schema), so most of what
// PostgreSQL does by type is done by the expression here.
// SPDX-License-Identifier: Apache-2.0
#include "rest/expressions.hpp"

#include <algorithm>

namespace muster::rest {

namespace {

bool is_json(Type type) {
    return type == Type::json || type == Type::jsonb;
}

std::string timestamp_text(const std::string& sql) {
    return "(replace(rtrim(rtrim(substr(" + sql + ", 1, 26), '0'), '.'), 'T', ' ') || '+00')";
}

std::string to_text_sql(const Expression& expression) {
    switch (expression.type) {
        case Type::boolean:
            return "CASE " + expression.sql + " WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END";
        case Type::text_array: return "array_text(" + expression.sql + ")";
        case Type::timestamptz: return timestamp_text(expression.sql);
        case Type::integer:
        case Type::bigint:
        case Type::real:
        case Type::numeric: return "CAST(" + expression.sql + " AS TEXT)";
        default: return expression.sql;
    }
}

bool is_number(Type type) {
    return type == Type::integer || type == Type::bigint || type == Type::real ||
           type == Type::numeric;
}

/// Inside what is neither JSON nor an array there is nothing.
Expression step_into(const Expression& expression, const JsonStep& step, Values& values) {
    const Type type = step.as_text ? Type::text : Type::jsonb;
    // What stood there before stays for the sake of its parameters.
    const bool has_members = is_json(expression.type) || expression.type == Type::text_array;
    if (!has_members) return {"iif(TRUE, NULL, " + expression.sql + ")", type};
    const std::string place =
        std::visit([&](const auto& key) { return values.add(key); }, step.key);
    const std::string function = step.as_text ? "json_get_text(" : "json_get(";
    return {function + expression.sql + ", " + place + ")", type};
}

}  // namespace

std::string read_column(const Access& access, const Source& source, const Column& column) {
    std::string name = source.alias + "." + quote_name(column.name);
    switch (column.secrecy) {
        case Secrecy::none: return name;
        case Secrecy::digest: return "NULL";
        case Secrecy::sealed:
            if (access.role() != Role::service_role) return "NULL";
            return "reveal_secret(" + quote_text(source.relation.name + "." + column.name) + ", " +
                   name + ")";
    }
    std::unreachable();
}

Result<Expression> read_field(const Access& access, const Source& source, const Field& field,
                              Values& values) {
    const auto column = access.allow(Command::select, source.relation, field.column);
    if (!column) return std::unexpected(column.error());
    Expression expression{read_column(access, source, **column), (*column)->type};
    for (const JsonStep& step : field.path) expression = step_into(expression, step, values);
    return expression;
}

Result<Expression> cast(Expression expression, std::string_view type_name) {
    const auto type = parse_type(type_name);
    if (!type) return fail("42704", "type \"" + std::string(type_name) + "\" does not exist");
    if (*type == expression.type) return expression;
    if (*type == Type::text) return Expression{to_text_sql(expression), Type::text};
    const bool numbers = is_number(*type) && is_number(expression.type);
    if (numbers && (*type == Type::integer || *type == Type::bigint)) {
        return Expression{"CAST(round(" + expression.sql + ") AS INTEGER)", *type};
    }
    if (numbers) return Expression{"CAST(" + expression.sql + " AS REAL)", *type};
    if (*type == Type::integer && expression.type == Type::boolean) {
        return Expression{expression.sql, *type};
    }
    if (is_json(*type) && is_json(expression.type)) return Expression{expression.sql, *type};
    if (*type == Type::date && expression.type == Type::timestamptz) {
        return Expression{"substr(" + expression.sql + ", 1, 10)", *type};
    }
    if (expression.type == Type::text && is_number(*type)) {
        return Expression{"cast_text(" + expression.sql + ", " + quote_text(to_text(*type)) + ")",
                          *type};
    }
    return fail("42846", "cannot cast type " + std::string(to_text(expression.type)) + " to " +
                             std::string(to_text(*type)));
}

std::string comparable(const std::string& sql, Type type) {
    if (type == Type::jsonb) return "json_order(" + sql + ")";
    return type == Type::text_array ? "json(" + sql + ")" : sql;
}

store::RowKind row_kind(Type type) {
    switch (type) {
        case Type::boolean: return store::RowKind::boolean;
        case Type::integer:
        case Type::bigint:
        case Type::real:
        case Type::numeric: return store::RowKind::number;
        case Type::timestamptz: return store::RowKind::timestamp;
        case Type::json:
        case Type::jsonb: return store::RowKind::json;
        case Type::text_array: return store::RowKind::array;
        case Type::text:
        case Type::uuid:
        case Type::date: return store::RowKind::text;
    }
    std::unreachable();
}

}  // namespace muster::rest
