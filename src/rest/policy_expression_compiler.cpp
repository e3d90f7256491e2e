// Nodes to SQL; queries inside them are policy_query_compiler.cpp's.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_expression_compiler.hpp"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "rest/sql_text.hpp"

namespace muster::rest {

namespace {

using Kind = PolicyExpression::Kind;

PolicyValue truth(std::string sql) {
    return {std::move(sql), Type::boolean, {}};
}

}  // namespace

void PolicyExpressionCompiler::fail(Position at, std::string message) {
    if (m_compilation.fault) return;
    m_compilation.fault = PolicyFault{m_file, at.line, at.column, std::move(message)};
}

void PolicyExpressionCompiler::fail_if(Position at, const std::optional<std::string>& message) {
    if (message) fail(at, *message);
}

std::string PolicyExpressionCompiler::compile_condition(const PolicyExpression& expression,
                                                        const PolicyScope& scope,
                                                        std::string_view what) {
    PolicyValue value = compile(expression, scope);
    if (value.literal) fail_if(expression.at, coerce(value, Type::boolean));
    if (value.type && value.type != Type::boolean) {
        fail(expression.at, fmt::format("argument of {} must be type boolean, not type {}", what,
                                        to_text(*value.type)));
    }
    return value.sql;
}

/// Casts repeat their operand: what grows too long ends here.
PolicyValue PolicyExpressionCompiler::compile(const PolicyExpression& expression,
                                              const PolicyScope& scope) {
    if (m_compilation.fault) return {};
    PolicyValue value = compile_node(expression, scope);
    if (value.sql.size() > policy_text_max) fail(expression.at, "the policy is too large");
    if (m_compilation.fault) return {};
    return value;
}

PolicyValue PolicyExpressionCompiler::compile_node(const PolicyExpression& expression,
                                                   const PolicyScope& scope) {
    switch (expression.kind) {
        case Kind::text: return {quote_text(expression.text), {}, expression.text};
        case Kind::number: {
            const bool is_whole = !expression.text.contains('.');
            return {expression.text, is_whole ? Type::integer : Type::numeric, {}};
        }
        case Kind::truth: return truth(expression.text);
        case Kind::null: return {};
        case Kind::column: return compile_column(expression, scope);
        case Kind::call: return compile_call(expression, scope);
        case Kind::all_of:
        case Kind::any_of: return truth(compile_chain(expression, scope));
        case Kind::inverse:
            return truth(
                fmt::format("(NOT {})", compile_condition(*expression.operands[0], scope, "NOT")));
        case Kind::minus: return compile_minus(expression, scope);
        case Kind::operation: return compile_operation(expression, scope);
        case Kind::is: return compile_is(expression, scope);
        case Kind::distinct: return compile_distinct(expression, scope);
        case Kind::like: return compile_like(expression, scope);
        case Kind::between: return compile_between(expression, scope);
        case Kind::in_list: return compile_in_list(expression, scope);
        case Kind::in_query: return compile_in_query(expression, scope);
        case Kind::exists:
            return truth(fmt::format(
                "EXISTS ({})", compile_select(*expression.select, scope, expression.at, nullptr)));
        case Kind::query: return compile_query(expression, scope);
        case Kind::choice: return compile_choice(expression, scope);
        case Kind::cast: return compile_cast(expression, scope);
    }
    std::unreachable();
}

PolicyValue PolicyExpressionCompiler::compile_column(const PolicyExpression& expression,
                                                     const PolicyScope& scope) {
    const auto found = find_column(scope, expression.qualifier, expression.text);
    if (!found) {
        fail(expression.at, found.error());
        return {};
    }
    ++m_columns_seen;
    if (found->is_own) ++m_own_columns_seen;
    return {*found->sql_alias + "." + quote_name(found->column->name), found->column->type, {}};
}

std::string PolicyExpressionCompiler::compile_chain(const PolicyExpression& expression,
                                                    const PolicyScope& scope) {
    const std::string_view word = expression.kind == Kind::all_of ? "AND" : "OR";
    std::vector<std::string> conditions;
    for (const ExpressionPointer& operand : expression.operands) {
        conditions.push_back(compile_condition(*operand, scope, word));
    }
    return join_terms(conditions, word == "AND" ? " AND " : " OR ");
}

PolicyValue PolicyExpressionCompiler::compile_number(const PolicyExpression& expression,
                                                     const PolicyScope& scope) {
    PolicyValue value = compile(expression, scope);
    if (value.literal) fail_if(expression.at, coerce(value, Type::bigint));
    if (value.type && !is_number(*value.type)) {
        fail(expression.at, fmt::format("expected a number, not type {}", to_text(*value.type)));
    }
    return value;
}

std::string PolicyExpressionCompiler::compile_text(const PolicyExpression& expression,
                                                   const PolicyScope& scope) {
    PolicyValue value = compile(expression, scope);
    if (value.literal) coerce(value, Type::text);
    if (value.type && value.type != Type::text) {
        fail(expression.at, fmt::format("expected a text, not type {}", to_text(*value.type)));
    }
    return value.sql;
}

PolicyValue PolicyExpressionCompiler::compile_minus(const PolicyExpression& expression,
                                                    const PolicyScope& scope) {
    PolicyValue value = compile_number(*expression.operands[0], scope);
    value.sql = fmt::format("(- {})", value.sql);
    return value;
}

PolicyValue PolicyExpressionCompiler::compile_operation(const PolicyExpression& expression,
                                                        const PolicyScope& scope) {
    const std::string& op = expression.text;
    if (op.starts_with("->")) return compile_arrow(expression, scope);
    if (op == "||") return compile_concatenation(expression, scope);
    if (op == "+" || op == "-" || op == "*" || op == "/") {
        return compile_arithmetic(expression, scope);
    }
    PolicyValue left = compile(*expression.operands[0], scope);
    PolicyValue right = compile(*expression.operands[1], scope);
    fail_if(expression.at, unify(left, right, op));
    return truth(fmt::format("({} {} {})", left.sql, op, right.sql));
}

PolicyValue PolicyExpressionCompiler::compile_arrow(const PolicyExpression& expression,
                                                    const PolicyScope& scope) {
    const PolicyValue left = compile(*expression.operands[0], scope);
    PolicyValue step = compile(*expression.operands[1], scope);
    if (step.literal) coerce(step, Type::text);
    const bool is_step = !step.type || step.type == Type::text || step.type == Type::integer;
    if (left.literal || (left.type && !is_json(*left.type)) || !is_step) {
        fail(expression.at,
             "operator does not exist: " + expression.text + " takes json and a key");
    }
    const bool as_text = expression.text == "->>";
    return {fmt::format("{}({}, {})", as_text ? "json_get_text" : "json_get", left.sql, step.sql),
            as_text ? Type::text : Type::jsonb,
            {}};
}

PolicyValue PolicyExpressionCompiler::compile_arithmetic(const PolicyExpression& expression,
                                                         const PolicyScope& scope) {
    const PolicyValue left = compile_number(*expression.operands[0], scope);
    const PolicyValue right = compile_number(*expression.operands[1], scope);
    const auto is_whole = [](const PolicyValue& value) {
        return !value.type || value.type == Type::integer || value.type == Type::bigint;
    };
    return {fmt::format("({} {} {})", left.sql, expression.text, right.sql),
            is_whole(left) && is_whole(right) ? Type::bigint : Type::numeric,
            {}};
}

PolicyValue PolicyExpressionCompiler::compile_concatenation(const PolicyExpression& expression,
                                                            const PolicyScope& scope) {
    std::vector<std::string> parts;
    for (const ExpressionPointer& operand : expression.operands) {
        PolicyValue value = compile(*operand, scope);
        if (value.literal) coerce(value, Type::text);
        const auto text = cast(value, Type::text);
        if (!text) {
            fail(operand->at, fmt::format("operator does not exist: || with type {}",
                                          to_text(value.type.value_or(Type::text))));
            return {};
        }
        parts.push_back(text->sql);
    }
    return {fmt::format("({} || {})", parts[0], parts[1]), Type::text, {}};
}

PolicyValue PolicyExpressionCompiler::compile_is(const PolicyExpression& expression,
                                                 const PolicyScope& scope) {
    const char* negation = expression.negated ? "NOT " : "";
    const PolicyExpression& operand = *expression.operands[0];
    const std::string sql = expression.text == "NULL" ? compile(operand, scope).sql
                                                      : compile_condition(operand, scope, "IS");
    return truth(fmt::format("({} IS {}{})", sql, negation, expression.text));
}

PolicyValue PolicyExpressionCompiler::compile_distinct(const PolicyExpression& expression,
                                                       const PolicyScope& scope) {
    PolicyValue left = compile(*expression.operands[0], scope);
    PolicyValue right = compile(*expression.operands[1], scope);
    fail_if(expression.at, unify(left, right, "="));
    return truth(
        fmt::format("({} {} {})", left.sql, expression.negated ? "IS" : "IS NOT", right.sql));
}

PolicyValue PolicyExpressionCompiler::compile_like(const PolicyExpression& expression,
                                                   const PolicyScope& scope) {
    const std::string value = compile_text(*expression.operands[0], scope);
    const std::string pattern = compile_text(*expression.operands[1], scope);
    return truth(fmt::format("({}pg_{}({}, {}))", expression.negated ? "NOT " : "", expression.text,
                             value, pattern));
}

PolicyValue PolicyExpressionCompiler::compile_between(const PolicyExpression& expression,
                                                      const PolicyScope& scope) {
    PolicyValue value = compile(*expression.operands[0], scope);
    PolicyValue low = compile(*expression.operands[1], scope);
    PolicyValue high = compile(*expression.operands[2], scope);
    fail_if(expression.at, unify(value, low, ">="));
    fail_if(expression.at, unify(value, high, "<="));
    return truth(fmt::format("({} {}BETWEEN {} AND {})", value.sql,
                             expression.negated ? "NOT " : "", low.sql, high.sql));
}

PolicyValue PolicyExpressionCompiler::compile_in_list(const PolicyExpression& expression,
                                                      const PolicyScope& scope) {
    PolicyValue value = compile(*expression.operands[0], scope);
    std::string items;
    for (const ExpressionPointer& operand : std::span(expression.operands).subspan(1)) {
        PolicyValue item = compile(*operand, scope);
        fail_if(operand->at, unify(value, item, "="));
        if (!items.empty()) items += ", ";
        items += item.sql;
        if (items.size() > policy_text_max) fail(operand->at, "the policy is too large");
    }
    return truth(fmt::format("({} {}IN ({}))", value.sql, expression.negated ? "NOT " : "", items));
}

PolicyValue PolicyExpressionCompiler::compile_choice(const PolicyExpression& expression,
                                                     const PolicyScope& scope) {
    const bool compares = expression.text == "OF";
    std::span<const ExpressionPointer> rest(expression.operands);
    PolicyValue subject;
    std::string sql = "(CASE";
    if (compares) {
        subject = compile(*rest.front(), scope);
        rest = rest.subspan(1);
    }
    PolicyValue result;
    const auto add_result = [&](const PolicyExpression& operand) {
        PolicyValue value = compile(operand, scope);
        fail_if(operand.at, unify(result, value, "="));
        if (value.type) result.type = value.type;
        sql += value.sql;
    };
    for (; rest.size() >= 2; rest = rest.subspan(2)) {
        sql += " WHEN ";
        if (compares) {
            PolicyValue when = compile(*rest[0], scope);
            fail_if(rest[0]->at, unify(subject, when, "="));
            sql += fmt::format("({} = {})", subject.sql, when.sql);
        } else {
            sql += compile_condition(*rest[0], scope, "CASE/WHEN");
        }
        sql += " THEN ";
        add_result(*rest[1]);
        if (sql.size() > policy_text_max) fail(expression.at, "the policy is too large");
    }
    if (!rest.empty()) {
        sql += " ELSE ";
        add_result(*rest[0]);
    }
    return {sql + " END)", result.type, {}};
}

PolicyValue PolicyExpressionCompiler::compile_cast(const PolicyExpression& expression,
                                                   const PolicyScope& scope) {
    const PolicyValue value = compile(*expression.operands[0], scope);
    const auto type = parse_type(expression.text);
    if (!type) {
        fail(expression.at, "type \"" + expression.text + "\" does not exist");
        return {};
    }
    auto done = cast(value, *type);
    if (done) return *std::move(done);
    if (value.literal) {
        fail(expression.at, fmt::format("invalid input syntax for type {}: \"{}\"", to_text(*type),
                                        *value.literal));
    } else {
        fail(expression.at, fmt::format("cannot cast type {} to {}",
                                        to_text(value.type.value_or(Type::text)), to_text(*type)));
    }
    return {};
}

PolicyValue PolicyExpressionCompiler::compile_call(const PolicyExpression& expression,
                                                   const PolicyScope& scope) {
    const std::size_t count = expression.operands.size();
    if (const auto* definer = find_definer_function(expression.qualifier, expression.text);
        definer != nullptr && count == 1) {
        if (definer->is_set) {
            fail(expression.at, "set-returning functions are allowed in IN (SELECT ...) only");
            return {};
        }
        return compile_definer(expression, *definer, scope);
    }
    const bool is_coalesce = expression.qualifier.empty() && expression.text == "coalesce";
    if (is_coalesce && count >= 2) return compile_coalesce(expression, scope);
    const auto* function = find_policy_function(expression.qualifier, expression.text, count);
    if (function == nullptr) {
        const std::string schema = expression.qualifier.empty() ? "" : expression.qualifier + ".";
        fail(expression.at, "function " + schema + expression.text + " of " +
                                std::to_string(count) + " arguments does not exist");
        return {};
    }
    std::string arguments;
    for (const ExpressionPointer& operand : expression.operands) {
        arguments += compile_text(*operand, scope);  // all parameters are texts
    }
    return {fmt::format("{}({})", function->sql, arguments), function->result, {}};
}

PolicyValue PolicyExpressionCompiler::compile_coalesce(const PolicyExpression& expression,
                                                       const PolicyScope& scope) {
    PolicyValue result;
    std::string arguments;
    for (const ExpressionPointer& operand : expression.operands) {
        PolicyValue value = compile(*operand, scope);
        // A literal that comes first takes the type of the values behind it in PostgreSQL.
        fail_if(operand->at, unify(result, value, "="));
        if (value.type) result.type = value.type;
        if (!arguments.empty()) arguments += ", ";
        arguments += value.sql;
    }
    return {fmt::format("coalesce({})", arguments), result.type, {}};
}

}  // namespace muster::rest
