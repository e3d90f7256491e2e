// Permissive policies are joined by OR, restrictive ones by AND; without a permissive one nothing
// is seen. The rest of this file keeps SQLite on its indexes.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_compiler.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "rest/policy_expression_compiler.hpp"
#include "rest/sql_text.hpp"

namespace muster::rest {

namespace {

using Kind = PolicyExpression::Kind;

template <class T>
bool contains(const std::vector<T>& items, const std::type_identity_t<T>& wanted) {
    return std::ranges::find(items, wanted) != items.end();
}

/// One policy's condition, and what an index can do for it.
struct Branch {
    std::string sql;
    bool is_seekable = false;   ///< says which values an indexed column of the own table has
    bool looks_at_row = false;  ///< mentions a column of the own table
};

/// `column = ...`, `column IN ...`, `column IS NULL`: shapes that an index answers.
const PolicyExpression* sought_column(const PolicyExpression& term) {
    if (term.negated) return nullptr;
    const bool is_equality = term.kind == Kind::operation && term.text == "=";
    const bool is_null = term.kind == Kind::is && term.text == "NULL";
    const bool is_in = term.kind == Kind::in_list || term.kind == Kind::in_query;
    if (!is_equality && !is_null && !is_in) return nullptr;
    if (term.operands[0]->kind == Kind::column) return term.operands[0].get();
    if (is_equality && term.operands[1]->kind == Kind::column) return term.operands[1].get();
    return nullptr;
}

class PredicateCompiler {
public:
    PredicateCompiler(Compilation& compilation, const SecuredTable& table, std::string alias)
        : m_compilation(compilation), m_table(table) {
        m_scope.entries.push_back({table.relation->name, table.relation, std::move(alias)});
        m_filter = [this](const Relation& relation, const std::string& inner_alias) {
            return compile_filter(relation, inner_alias);
        };
    }

    std::string compile(Command command, Clause clause) {
        std::vector<Branch> permissive;
        std::vector<std::string> conditions;
        for (const StoredPolicy& stored : m_table.policies) {
            const CreatePolicy& policy = stored.policy;
            const bool applies =
                policy.roles.has(m_compilation.role) && policy.command.value_or(command) == command;
            const PolicyExpression* expression = expression_of(policy, clause);
            if (!applies || expression == nullptr) continue;
            Branch branch = compile_branch(*expression, stored.file, clause);
            if (policy.permissive) {
                permissive.push_back(std::move(branch));
            } else {
                conditions.push_back(std::move(branch.sql));
            }
        }
        if (permissive.empty() || m_compilation.fault) return "FALSE";
        conditions.insert(conditions.begin(), join_permissive(permissive, clause));
        return join_terms(conditions, " AND ");
    }

private:
    /// FOR ALL and FOR UPDATE without WITH CHECK check what USING says.
    static const PolicyExpression* expression_of(const CreatePolicy& policy, Clause clause) {
        const bool checks = clause == Clause::check_rows && policy.check_rows;
        return checks ? policy.check_rows.get() : policy.using_rows.get();
    }

    Branch compile_branch(const PolicyExpression& expression, const std::string& file,
                          Clause clause) {
        PolicyExpressionCompiler compiler(m_compilation, m_filter, file);
        const char* what = clause == Clause::check_rows ? "WITH CHECK" : "USING";
        Branch branch;
        std::vector<std::string> terms;
        const auto add = [&](const PolicyExpression& term) {
            const std::size_t before = compiler.own_columns_seen();
            terms.push_back(compiler.compile_condition(term, m_scope, what));
            const PolicyExpression* column = sought_column(term);
            if (column != nullptr && compiler.own_columns_seen() == before + 1) {
                branch.is_seekable |= contains(m_table.relation->seekable, column->text);
            }
        };
        if (expression.kind == Kind::all_of) {
            for (const ExpressionPointer& term : expression.operands) add(*term);
        } else {
            add(expression);
        }
        branch.looks_at_row = compiler.own_columns_seen() > 0;
        branch.sql = join_terms(terms, " AND ");
        return branch;
    }

    /// SQLite answers an OR from indexes only if each side has one. A side that none serves gets
    /// the range of all row numbers, which is empty where the side does not look at the row and is
    /// false: "is a global_admin" costs the others nothing.
    std::string join_permissive(std::vector<Branch>& branches, Clause clause) {
        const bool is_worth_it =
            clause == Clause::using_rows && branches.size() > 1 &&
            std::ranges::any_of(branches, [](const Branch& b) { return b.is_seekable; });
        std::vector<std::string> conditions;
        for (Branch& branch : branches) {
            if (branch.sql == "TRUE") return "TRUE";
            if (is_worth_it && !branch.is_seekable) add_row_range(branch);
            conditions.push_back(std::move(branch.sql));
        }
        return join_terms(conditions, " OR ");
    }

    void add_row_range(Branch& branch) const {
        constexpr std::string_view row_number = "_rowid_";
        const Relation& relation = *m_table.relation;
        if (!relation.has_rowid || relation.find_column(row_number) != nullptr) return;
        constexpr std::string_view first = "-9223372036854775808";
        constexpr std::string_view last = "9223372036854775807";
        const std::string end = branch.looks_at_row
                                    ? std::string(last)
                                    : fmt::format("iif({}, {}, {})", branch.sql, last, first);
        branch.sql = fmt::format("({} AND {}.{} BETWEEN {} AND {})", branch.sql,
                                 m_scope.entries.front().sql_alias, row_number, first, end);
    }

    /// What a query in a policy may see of another table.
    std::string compile_filter(const Relation& relation, const std::string& alias) {
        const SecuredTable& table = *m_compilation.book.find(relation.name);
        if (!table.is_secured || m_compilation.fault) return "TRUE";
        if (contains(m_compilation.active, &relation)) {
            fail_recursion(table);
            return "FALSE";
        }
        m_compilation.active.push_back(&relation);
        PredicateCompiler inner(m_compilation, table, alias);
        std::string filter = inner.compile(Command::select, Clause::using_rows);
        m_compilation.active.pop_back();
        return filter;
    }

    void fail_recursion(const SecuredTable& table) const {
        const StoredPolicy& stored = table.policies.front();
        const Position at = stored.policy.at;
        m_compilation.fault =
            PolicyFault{stored.file, at.line, at.column,
                        fmt::format("infinite recursion detected in policy for relation \"{}\"",
                                    table.relation->name)};
    }

    Compilation& m_compilation;
    const SecuredTable& m_table;
    PolicyScope m_scope;
    RowFilter m_filter;
};

}  // namespace

std::expected<std::string, PolicyFault> compile_policies(const PolicyBook& book,
                                                         const SecuredTable& table, Role role,
                                                         Command command, Clause clause) {
    Compilation compilation{book, role};
    if (command == Command::select) compilation.active.push_back(table.relation);
    std::string sql =
        PredicateCompiler(compilation, table, std::string(1, alias_mark)).compile(command, clause);
    if (compilation.fault) return std::unexpected(*std::move(compilation.fault));
    return sql;
}

}  // namespace muster::rest
