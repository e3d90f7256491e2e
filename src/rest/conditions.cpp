// Operators by group: comparison, pattern, containment, IS, IN.
// SPDX-License-Identifier: Apache-2.0
#include "rest/conditions.hpp"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "store/patterns.hpp"

namespace muster::rest {

namespace {

namespace json = boost::json;

struct OperatorRow {
    Operator op;
    std::string_view symbol;  ///< PostgreSQL's, for errors; SQLite's too for comparisons
};

constexpr OperatorRow operators[] = {
    {Operator::eq, "="},      {Operator::neq, "<>"},    {Operator::gt, ">"},
    {Operator::gte, ">="},    {Operator::lt, "<"},      {Operator::lte, "<="},
    {Operator::like, "~~"},   {Operator::ilike, "~~*"}, {Operator::match, "~"},
    {Operator::imatch, "~*"}, {Operator::cs, "@>"},     {Operator::cd, "<@"},
    {Operator::ov, "&&"},     {Operator::sl, "<<"},     {Operator::sr, ">>"},
    {Operator::nxl, "&>"},    {Operator::nxr, "&<"},    {Operator::adj, "-|-"},
    {Operator::fts, "@@"},    {Operator::plfts, "@@"},  {Operator::phfts, "@@"},
    {Operator::wfts, "@@"},
};

std::string_view symbol_of(Operator op) {
    const auto* found = std::ranges::find(operators, op, &OperatorRow::op);
    return found == std::end(operators) ? std::string_view("=") : found->symbol;
}

std::unexpected<Failure> no_operator(Type type, Operator op) {
    return fail("42883",
                "operator does not exist: " + std::string(to_text(type)) + " " +
                    std::string(symbol_of(op)) + " unknown",
                nullptr,
                "No operator matches the given name and argument types. You might need to add "
                "explicit type casts.");
}

std::unexpected<Failure> not_served(std::string_view what) {
    return fail("0A000", std::string(what) + " is not served", nullptr, nullptr);
}

std::string comparable(const std::string& sql, Type type, const Values& values) {
    return values.dialect().comparable(sql, to_text(type));
}

Result<std::string> comparison(const Expression& left, Operator op, const std::string& operand,
                               Values& values) {
    if (left.type == Type::json) return no_operator(left.type, op);
    auto value = parse_value(left.type, operand);
    if (!value) return std::unexpected(value.error());
    const std::string right =
        comparable(values.add(std::move(*value), left.type), left.type, values);
    return comparable(left.sql, left.type, values) + " " + std::string(symbol_of(op)) + " " + right;
}

Result<std::string> distinction(const Expression& left, const std::string& operand,
                                Values& values) {
    auto value = parse_value(left.type, operand);
    if (!value) return std::unexpected(value.error());
    const std::string right =
        comparable(values.add(std::move(*value), left.type), left.type, values);
    return comparable(left.sql, left.type, values) + " IS DISTINCT FROM " + right;
}

std::string_view operation_of(Operator op) {
    switch (op) {
        case Operator::like: return "like";
        case Operator::ilike: return "ilike";
        case Operator::match: return "match";
        default: return "imatch";
    }
}

Result<std::string> pattern(const Expression& left, Operator op, std::string operand,
                            Values& values) {
    if (!is_textual(left.type)) return no_operator(left.type, op);
    if (op == Operator::like || op == Operator::ilike) {
        std::ranges::replace(operand, '*', '%');
    } else if (const auto fault = store::regex_fault(operand)) {
        return fail("2201B", *fault);
    }
    const std::string right = values.add(std::move(operand));
    return values.dialect().pattern(operation_of(op), left.sql, right);
}

bool has_containment(Type type, Operator op) {
    return type == Type::text_array || (type == Type::jsonb && op != Operator::ov);
}

Result<std::string> containment(const Expression& left, Operator op, const std::string& operand,
                                Values& values) {
    if (!has_containment(left.type, op)) return no_operator(left.type, op);
    auto value = parse_value(left.type, operand);
    if (!value) return std::unexpected(value.error());
    const std::string right = values.add(std::move(*value), left.type);
    const store::Dialect& dialect = values.dialect();
    if (op == Operator::ov) return dialect.overlaps(left.sql, right);
    if (op == Operator::cd) return dialect.contains(right, left.sql, to_text(left.type));
    return dialect.contains(left.sql, right, to_text(left.type));
}

Result<std::string> is_test(const Expression& left, const std::string& operand) {
    if (operand == "null") return left.sql + " IS NULL";
    if (operand == "not_null") return left.sql + " IS NOT NULL";
    if (left.type != Type::boolean) {
        std::string word = operand;
        std::ranges::transform(word, word.begin(),
                               [](char c) { return static_cast<char>(std::toupper(c)); });
        return fail("42804", "argument of IS " + word + " must be type boolean, not type " +
                                 std::string(to_text(left.type)));
    }
    if (operand == "unknown") return left.sql + " IS NULL";
    return left.sql + (operand == "true" ? " IS TRUE" : " IS FALSE");
}

/// One parameter for the whole list, so that its length does not change the statement.
Result<std::string> membership(const Expression& left, const std::vector<std::string>& list,
                               Values& values) {
    if (left.type == Type::json) return no_operator(left.type, Operator::eq);
    json::array items;
    for (const std::string& text : list) {
        const auto value = parse_value(left.type, text);
        if (!value) return std::unexpected(value.error());
        if (const auto* whole = std::get_if<std::int64_t>(&*value)) items.push_back(*whole);
        if (const auto* real = std::get_if<double>(&*value)) items.push_back(*real);
        if (const auto* string = std::get_if<std::string>(&*value)) {
            items.push_back(json::string(*string));
        }
    }
    const store::Dialect& dialect = values.dialect();
    const std::string right = values.add(dialect.list(json::serialize(items), to_text(left.type)));
    return dialect.is_in(left.sql, right, to_text(left.type));
}

Result<std::string> single(const Expression& left, const Condition& condition,
                           const std::string& operand, Values& values) {
    switch (condition.op) {
        case Operator::eq:
        case Operator::neq:
        case Operator::gt:
        case Operator::gte:
        case Operator::lt:
        case Operator::lte: return comparison(left, condition.op, operand, values);
        case Operator::isdistinct: return distinction(left, operand, values);
        case Operator::like:
        case Operator::ilike:
        case Operator::match:
        case Operator::imatch: return pattern(left, condition.op, operand, values);
        case Operator::cs:
        case Operator::cd:
        case Operator::ov: return containment(left, condition.op, operand, values);
        case Operator::is: return is_test(left, operand);
        case Operator::in: return membership(left, condition.list, values);
        case Operator::sl:
        case Operator::sr:
        case Operator::nxl:
        case Operator::nxr:
        case Operator::adj: return no_operator(left.type, condition.op);
        case Operator::fts:
        case Operator::plfts:
        case Operator::phfts:
        case Operator::wfts: return not_served("full-text search");
    }
    std::unreachable();
}

/// like(any).{a,b}: one test an item. Of an empty list, any is false and all is true.
Result<std::string> quantified(const Expression& left, const Condition& condition, Values& values) {
    const bool any = condition.quantifier == Quantifier::any;
    // The left side's parameters are counted already: it stands there for them.
    if (condition.list.empty())
        return "(" + left.sql + (any ? " IS NULL AND FALSE)" : " IS NULL OR TRUE)");
    std::vector<std::string> tests;
    for (const std::string& item : condition.list) {
        auto one = single(left, condition, item, values);
        if (!one) return one;
        tests.push_back(std::move(*one));
    }
    return join_terms(tests, any ? " OR " : " AND ");
}

}  // namespace

Result<std::string> condition_sql(const Expression& left, const Condition& condition,
                                  Values& values) {
    auto sql = condition.quantifier == Quantifier::none
                   ? single(left, condition, condition.operand, values)
                   : quantified(left, condition, values);
    if (!sql || !condition.negated) return sql;
    return "NOT (" + *sql + ")";
}

}  // namespace muster::rest
