// One policy's expressions as SQL for SQLite. Queries in them see only what the role may see: that
// is compiled by whoever made this (policy_compiler.cpp), through RowFilter.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rest/policy_book.hpp"
#include "rest/policy_functions.hpp"
#include "rest/policy_scope.hpp"
#include "rest/policy_values.hpp"

namespace muster::rest {

/// What all parts of one predicate's compilation share. The first fault sticks.
struct Compilation {
    const PolicyBook& book;
    Role role;
    std::size_t aliases = 0;
    std::optional<PolicyFault> fault = {};
    std::vector<const Relation*> active = {};  ///< whose policies are being compiled
};

/// The SQL of what the role may see of a table in a query, under that alias.
using RowFilter = std::function<std::string(const Relation&, const std::string& alias)>;

class PolicyExpressionCompiler {
public:
    PolicyExpressionCompiler(Compilation& compilation, const RowFilter& filter,
                             const std::string& file)
        : m_compilation(compilation), m_filter(filter), m_file(file) {}

    /// SQL of a boolean. `what` names the place in messages: "USING".
    std::string compile_condition(const PolicyExpression& expression, const PolicyScope& scope,
                                  std::string_view what);

    /// Names of columns that were resolved so far: all, and those of the policy's own table.
    std::size_t columns_seen() const { return m_columns_seen; }
    std::size_t own_columns_seen() const { return m_own_columns_seen; }

private:
    PolicyValue compile(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_node(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_column(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_call(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_coalesce(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_definer(const PolicyExpression& expression, const DefinerFunction& function,
                                const PolicyScope& scope);
    PolicyValue compile_operation(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_arrow(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_arithmetic(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_concatenation(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_is(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_distinct(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_like(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_between(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_in_list(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_in_query(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_query(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_choice(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_cast(const PolicyExpression& expression, const PolicyScope& scope);
    PolicyValue compile_minus(const PolicyExpression& expression, const PolicyScope& scope);
    std::string compile_chain(const PolicyExpression& expression, const PolicyScope& scope);

    /// The query's SQL; its one item's type goes to `item`. Null: EXISTS, which has none.
    std::string compile_select(const Select& select, const PolicyScope& scope, Position at,
                               PolicyValue* item);
    std::string compile_from(const Select& select, PolicyScope& scope, std::string& where);
    PolicyValue compile_number(const PolicyExpression& expression, const PolicyScope& scope);
    std::string compile_text(const PolicyExpression& expression, const PolicyScope& scope);

    std::string next_alias();
    void fail(Position at, std::string message);
    void fail_if(Position at, const std::optional<std::string>& message);

    Compilation& m_compilation;
    const RowFilter& m_filter;
    const std::string& m_file;
    std::size_t m_columns_seen = 0;
    std::size_t m_own_columns_seen = 0;
};

}  // namespace muster::rest
