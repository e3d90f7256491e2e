// What is asked for by PostgreSQL's types; how the database says it is its dialect's affair.
// SPDX-License-Identifier: Apache-2.0
#include "rest/expressions.hpp"

#include <algorithm>

namespace muster::rest {

namespace {

bool is_json(Type type) {
    return type == Type::json || type == Type::jsonb;
}

bool is_number(Type type) {
    return type == Type::integer || type == Type::bigint || type == Type::real ||
           type == Type::numeric;
}

bool is_castable(Type from, Type to) {
    if (to == Type::text) return true;
    if (is_number(to)) {
        return is_number(from) || from == Type::text ||
               (to == Type::integer && from == Type::boolean);
    }
    if (is_json(to)) return is_json(from);
    return to == Type::date && from == Type::timestamptz;
}

/// Inside what is neither JSON nor an array there is nothing.
Expression step_into(const Expression& expression, const JsonStep& step, Values& values) {
    const Type type = step.as_text ? Type::text : Type::jsonb;
    const store::Dialect& dialect = values.dialect();
    const bool has_members = is_json(expression.type) || expression.type == Type::text_array;
    if (!has_members) return {dialect.null_of(to_text(type), expression.sql), type};
    const bool is_index = !std::holds_alternative<std::string>(step.key);
    const std::string place =
        std::visit([&](const auto& key) { return values.add(key); }, step.key);
    return {
        dialect.json_step(expression.sql, to_text(expression.type), place, is_index, step.as_text),
        type};
}

}  // namespace

std::string read_column(const Access& access, const Source& source, const Column& column) {
    std::string name = source.alias + "." + quote_name(column.name);
    switch (column.secrecy) {
        case Secrecy::none: return name;
        case Secrecy::digest: return access.dialect().null_of(to_text(column.type), {});
        case Secrecy::sealed:
            if (access.role() != Role::service_role) {
                return access.dialect().null_of(to_text(column.type), {});
            }
            return access.dialect().reveal(source.relation.name + "." + column.name, name);
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

Result<Expression> cast(Expression expression, std::string_view type_name,
                        const store::Dialect& dialect) {
    const auto type = parse_type(type_name);
    if (!type) return fail("42704", "type \"" + std::string(type_name) + "\" does not exist");
    if (*type == expression.type) return expression;
    if (!is_castable(expression.type, *type)) {
        return fail("42846", "cannot cast type " + std::string(to_text(expression.type)) + " to " +
                                 std::string(to_text(*type)));
    }
    return Expression{dialect.cast(expression.sql, to_text(expression.type), to_text(*type)),
                      *type};
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
