// The queries inside policies: each table in them shows what the role may see of it, save through
// the SECURITY DEFINER functions.
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "rest/policy_expression_compiler.hpp"
#include "rest/sql_text.hpp"

namespace muster::rest {

namespace {

using Kind = PolicyExpression::Kind;

/// The set function that is all there is to the query; null: another query.
const DefinerFunction* find_set_function(const Select& select) {
    if (!select.from.empty() || select.where || select.items.size() != 1) return nullptr;
    const PolicyExpression& item = *select.items.front();
    if (item.kind != Kind::call || item.operands.size() != 1) return nullptr;
    const auto* function = find_definer_function(item.qualifier, item.text);
    return function != nullptr && function->is_set ? function : nullptr;
}

}  // namespace

std::string PolicyExpressionCompiler::next_alias() {
    return fmt::format("rls{}", ++m_compilation.aliases);
}

/// Without a column in its argument it is the same for all rows: SQLite asks the function once.
PolicyValue PolicyExpressionCompiler::compile_definer(const PolicyExpression& expression,
                                                      const DefinerFunction& function,
                                                      const PolicyScope& scope) {
    const PolicyExpression& operand = *expression.operands.front();
    const std::size_t columns_before = m_columns_seen;
    PolicyValue argument = compile(operand, scope);
    fail_if(operand.at, coerce(argument, Type::uuid));
    if (m_compilation.book.find_relation({"", std::string(function.table), {}}) == nullptr) {
        fail(expression.at, fmt::format("relation \"{}\" does not exist", function.table));
    }
    if (!function.is_set && m_columns_seen == columns_before) {
        return {fmt::format("{}({})", function.name, argument.sql), function.type, {}};
    }
    const std::string alias = next_alias();
    return {fmt::format("(SELECT {0}.{1} FROM {2} AS {0} WHERE {0}.{3} = {4})", alias,
                        quote_name(function.result), quote_name(function.table),
                        quote_name(function.key), argument.sql),
            function.type,
            {}};
}

PolicyValue PolicyExpressionCompiler::compile_in_query(const PolicyExpression& expression,
                                                       const PolicyScope& scope) {
    PolicyValue value = compile(*expression.operands[0], scope);
    PolicyValue item;
    std::string query;
    if (const auto* function = find_set_function(*expression.select)) {
        item = compile_definer(*expression.select->items.front(), *function, scope);
        query = item.sql;
    } else {
        query =
            fmt::format("({})", compile_select(*expression.select, scope, expression.at, &item));
    }
    fail_if(expression.at, unify(value, item, "="));
    return {fmt::format("({} {}IN {})", value.sql, expression.negated ? "NOT " : "", query),
            Type::boolean,
            {}};
}

/// `(select auth.uid())`, as Supabase advises to write it, is the call itself here.
PolicyValue PolicyExpressionCompiler::compile_query(const PolicyExpression& expression,
                                                    const PolicyScope& scope) {
    const Select& select = *expression.select;
    if (select.from.empty() && !select.where && select.items.size() == 1) {
        return compile(*select.items.front(), scope);
    }
    PolicyValue item;
    std::string query = compile_select(select, scope, expression.at, &item);
    return {fmt::format("({})", query), item.type, {}};
}

std::string PolicyExpressionCompiler::compile_select(const Select& select, const PolicyScope& scope,
                                                     Position at, PolicyValue* item) {
    PolicyScope inner{{}, &scope};
    std::string where;
    const std::string from = compile_from(select, inner, where);
    if (select.where) {
        const std::string condition = compile_condition(*select.where, inner, "WHERE");
        where = where.empty() ? condition : fmt::format("{} AND {}", condition, where);
    }
    if (item != nullptr && select.items.size() != 1) {
        fail(at, "subquery must return only one column");
    }
    PolicyValue value{"1", Type::integer, {}};
    for (const ExpressionPointer& expression : select.items) {
        PolicyValue compiled = compile(*expression, inner);
        if (item == nullptr) continue;  // what EXISTS selects only has to be there
        if (compiled.literal) coerce(compiled, Type::text);
        value = std::move(compiled);
    }
    if (item != nullptr) *item = value;
    std::string sql = "SELECT " + value.sql;
    if (!from.empty()) sql += " FROM " + from;
    if (!where.empty()) sql += " WHERE " + where;
    return sql;
}

/// What hides rows of a table that is LEFT JOINed belongs to its ON: in WHERE it would hide rows of
/// the others.
std::string PolicyExpressionCompiler::compile_from(const Select& select, PolicyScope& scope,
                                                   std::string& where) {
    std::string sql;
    for (const FromItem& from : select.from) {
        const Relation* relation = m_compilation.book.find_relation(from.table);
        if (relation == nullptr) {
            fail(from.table.at, "relation \"" + from.table.name + "\" does not exist");
            return {};
        }
        const SecuredTable* table = m_compilation.book.find(relation->name);
        if (table == nullptr) {
            fail(from.table.at, "permission denied for table " + relation->name);
            return {};
        }
        const std::string alias = next_alias();
        scope.entries.push_back(
            {from.alias.empty() ? from.table.name : from.alias, relation, alias});
        if (!sql.empty()) {
            sql += from.join == FromItem::Join::left    ? " LEFT JOIN "
                   : from.join == FromItem::Join::inner ? " JOIN "
                                                        : ", ";
        }
        sql += fmt::format("{} AS {}", quote_name(relation->name), alias);
        std::string filter = table->grants.may(m_compilation.role, Command::select)
                                 ? m_filter(*relation, alias)
                                 : "FALSE";
        std::string on = from.on ? compile_condition(*from.on, scope, "JOIN/ON") : "";
        const bool is_left = from.join == FromItem::Join::left;
        if (filter != "TRUE") {
            std::string& target = is_left ? on : where;
            target = target.empty() ? filter : fmt::format("{} AND {}", target, filter);
        }
        if (!on.empty()) sql += " ON " + on;
    }
    return sql;
}

}  // namespace muster::rest
