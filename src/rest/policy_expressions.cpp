// The expressions and queries of policies, by PostgreSQL's precedence: OR, AND, NOT, IS,
// comparison, range, other operators, + -, * /, unary, ::.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "rest/policy_parser.hpp"

namespace muster::rest {

namespace {

using Kind = PolicyExpression::Kind;

class ExpressionParser {
public:
    explicit ExpressionParser(TokenStream& tokens) : m_tokens(tokens) {}

    ExpressionPointer parse() {
        const Nesting nesting(*this);
        return parse_chain("or", Kind::any_of, &ExpressionParser::parse_and);
    }

private:
    using Parse = ExpressionPointer (ExpressionParser::*)();

    /// Counts how deep the parser has called itself: the stack is bounded by it.
    class Nesting {
    public:
        explicit Nesting(ExpressionParser& parser) : m_parser(parser) {
            if (++m_parser.m_nesting <= policy_depth_max) return;
            m_parser.m_tokens.fail(m_parser.m_tokens.peek().at, "nested too deeply");
        }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;
        ~Nesting() { --m_parser.m_nesting; }

    private:
        ExpressionParser& m_parser;
    };

    ExpressionPointer make(Kind kind, Position at, std::string text = {}) {
        auto node = std::make_unique<PolicyExpression>();
        node->kind = kind;
        node->at = at;
        node->text = std::move(text);
        return node;
    }

    /// Null operands come of faults: the tree is dropped then.
    void add(ExpressionPointer& node, ExpressionPointer operand) {
        if (operand) node->depth = std::max(node->depth, operand->depth + 1);
        node->operands.push_back(std::move(operand));
    }

    ExpressionPointer parse_chain(std::string_view word, Kind kind, Parse parse_operand) {
        ExpressionPointer first = (this->*parse_operand)();
        if (!m_tokens.is_word(word)) return first;
        ExpressionPointer chain = make(kind, m_tokens.peek().at);
        add(chain, std::move(first));
        while (m_tokens.is_word(word)) {
            const Position at = m_tokens.take().at;
            if (chain->operands.size() >= policy_operands_max) {
                m_tokens.fail(at, "too many operands");
            }
            add(chain, (this->*parse_operand)());
        }
        return chain;
    }

    ExpressionPointer parse_and() {
        return parse_chain("and", Kind::all_of, &ExpressionParser::parse_not);
    }

    ExpressionPointer parse_not() {
        if (!m_tokens.is_word("not")) return parse_is();
        const Nesting nesting(*this);
        ExpressionPointer node = make(Kind::inverse, m_tokens.take().at);
        add(node, parse_not());
        return node;
    }

    ExpressionPointer parse_is() {
        ExpressionPointer node = parse_comparison();
        for (std::size_t tests = 0; m_tokens.is_word("is"); ++tests) {
            const Position at = m_tokens.take().at;
            if (tests == policy_depth_max) m_tokens.fail(at, "nested too deeply");
            const bool negated = m_tokens.accept_words({"not"});
            if (m_tokens.accept_words({"distinct", "from"})) {
                ExpressionPointer distinct = make(Kind::distinct, at);
                distinct->negated = negated;
                add(distinct, std::move(node));
                add(distinct, parse_comparison());
                node = std::move(distinct);
                continue;
            }
            ExpressionPointer test = make(Kind::is, at, parse_truth_word());
            test->negated = negated;
            add(test, std::move(node));
            node = std::move(test);
        }
        return node;
    }

    std::string parse_truth_word() {
        if (m_tokens.accept_words({"null"}) || m_tokens.accept_words({"unknown"})) return "NULL";
        if (m_tokens.accept_words({"true"})) return "TRUE";
        if (m_tokens.accept_words({"false"})) return "FALSE";
        m_tokens.fail_here();
        return {};
    }

    bool is_one_of(std::initializer_list<std::string_view> symbols) {
        return std::ranges::any_of(
            symbols, [&](std::string_view symbol) { return m_tokens.is_symbol(symbol); });
    }

    ExpressionPointer parse_comparison() {
        ExpressionPointer left = parse_range();
        if (!is_one_of({"=", "<>", "<", "<=", ">", ">="})) return left;
        const Token op = m_tokens.take();
        if (m_tokens.is_word("any") || m_tokens.is_word("some") || m_tokens.is_word("all")) {
            return parse_quantified(std::move(left), op);
        }
        ExpressionPointer node = make(Kind::operation, op.at, op.text);
        add(node, std::move(left));
        add(node, parse_range());
        return node;
    }

    /// = ANY is IN, <> ALL is NOT IN.
    ExpressionPointer parse_quantified(ExpressionPointer left, const Token& op) {
        const bool is_all = m_tokens.is_word("all");
        const Token quantifier = m_tokens.take();
        if (op.text != (is_all ? "<>" : "=")) {
            m_tokens.fail(quantifier.at, "only = ANY and <> ALL are supported");
        }
        m_tokens.expect_symbol("(");
        ExpressionPointer node;
        if (m_tokens.accept_words({"array"})) {
            m_tokens.expect_symbol("[");
            node = make(Kind::in_list, op.at);
            add(node, std::move(left));
            parse_list(node);
            m_tokens.expect_symbol("]");
            skip_array_cast();
        } else if (m_tokens.is_word("select")) {
            node = make(Kind::in_query, op.at);
            add(node, std::move(left));
            attach_select(node);
        } else {
            m_tokens.fail(m_tokens.peek().at, "expected ARRAY[...] or a query");
            return nullptr;
        }
        m_tokens.expect_symbol(")");
        node->negated = is_all;
        return node;
    }

    /// ARRAY['a','b']::text[], as pg_dump writes it.
    void skip_array_cast() {
        if (!m_tokens.accept_symbol("::")) return;
        const Token type = m_tokens.peek();
        if (parse_type_name() != "text[]") m_tokens.fail(type.at, "expected text[]");
    }

    ExpressionPointer parse_range() {
        ExpressionPointer left = parse_other();
        const std::size_t ahead = m_tokens.is_word("not") ? 1 : 0;
        const bool is_like = m_tokens.is_word("like", ahead) || m_tokens.is_word("ilike", ahead);
        const bool is_between = m_tokens.is_word("between", ahead);
        if (!is_like && !is_between && !m_tokens.is_word("in", ahead)) return left;
        if (ahead == 1) m_tokens.take();
        const Token word = m_tokens.take();
        ExpressionPointer node;
        if (is_like) {
            node = make(Kind::like, word.at, word.text);
            add(node, std::move(left));
            add(node, parse_other());
        } else if (is_between) {
            node = make(Kind::between, word.at);
            add(node, std::move(left));
            add(node, parse_other());
            m_tokens.expect_words({"and"});
            add(node, parse_other());
        } else {
            node = parse_in(std::move(left), word.at);
        }
        node->negated = ahead == 1;
        return node;
    }

    ExpressionPointer parse_in(ExpressionPointer left, Position at) {
        m_tokens.expect_symbol("(");
        ExpressionPointer node = make(Kind::in_list, at);
        add(node, std::move(left));
        if (m_tokens.is_word("select")) {
            node->kind = Kind::in_query;
            attach_select(node);
        } else {
            parse_list(node);
        }
        m_tokens.expect_symbol(")");
        return node;
    }

    void parse_list(ExpressionPointer& node) {
        const std::size_t first = node->operands.size();
        do {
            if (node->operands.size() - first == policy_list_max) {
                m_tokens.fail(m_tokens.peek().at, "too many items");
            }
            add(node, parse());
        } while (m_tokens.accept_symbol(","));
    }

    ExpressionPointer parse_left_to_right(std::initializer_list<std::string_view> symbols,
                                          Parse parse_operand) {
        ExpressionPointer node = (this->*parse_operand)();
        while (is_one_of(symbols)) {
            const Token op = m_tokens.take();
            ExpressionPointer operation = make(Kind::operation, op.at, op.text);
            add(operation, std::move(node));
            add(operation, (this->*parse_operand)());
            if (operation->depth > policy_operands_max) m_tokens.fail(op.at, "too many operands");
            node = std::move(operation);
        }
        return node;
    }
    ExpressionPointer parse_other() {
        return parse_left_to_right({"||", "->", "->>"}, &ExpressionParser::parse_sum);
    }
    ExpressionPointer parse_sum() {
        return parse_left_to_right({"+", "-"}, &ExpressionParser::parse_product);
    }
    ExpressionPointer parse_product() {
        return parse_left_to_right({"*", "/"}, &ExpressionParser::parse_unary);
    }

    ExpressionPointer parse_unary() {
        if (m_tokens.is_symbol("-")) {
            const Nesting nesting(*this);
            ExpressionPointer node = make(Kind::minus, m_tokens.take().at);
            add(node, parse_unary());
            return node;
        }
        ExpressionPointer node = parse_primary();
        for (std::size_t casts = 0; m_tokens.is_symbol("::"); ++casts) {
            const Position at = m_tokens.take().at;
            if (casts == policy_depth_max) m_tokens.fail(at, "nested too deeply");
            ExpressionPointer cast = make(Kind::cast, at, parse_type_name());
            add(cast, std::move(node));
            node = std::move(cast);
        }
        return node;
    }

    /// Words, a length that is not kept, and [].
    std::string parse_type_name() {
        std::string name = m_tokens.expect_name();
        if (name == "pg_catalog" && m_tokens.accept_symbol(".")) name = m_tokens.expect_name();
        if (name == "timestamp" && m_tokens.accept_words({"with", "time", "zone"})) {
            name += " with time zone";
        }
        if (name == "character" && m_tokens.accept_words({"varying"})) name += " varying";
        if (name == "double" && m_tokens.accept_words({"precision"})) name += " precision";
        if (m_tokens.accept_symbol("(")) {
            if (m_tokens.peek().kind != Token::Kind::number) m_tokens.fail_here();
            m_tokens.take();
            m_tokens.expect_symbol(")");
        }
        if (m_tokens.accept_symbol("[")) {
            m_tokens.expect_symbol("]");
            name += "[]";
        }
        return name;
    }

    ExpressionPointer parse_primary() {
        const Token token = m_tokens.peek();
        if (token.kind == Token::Kind::text || token.kind == Token::Kind::number) {
            m_tokens.take();
            const bool is_text = token.kind == Token::Kind::text;
            return make(is_text ? Kind::text : Kind::number, token.at, token.text);
        }
        if (m_tokens.is_symbol("(")) return parse_parenthesis();
        if (m_tokens.accept_words({"true"})) return make(Kind::truth, token.at, "TRUE");
        if (m_tokens.accept_words({"false"})) return make(Kind::truth, token.at, "FALSE");
        if (m_tokens.accept_words({"null"})) return make(Kind::null, token.at);
        if (m_tokens.accept_words({"case"})) return parse_case(token.at);
        if (m_tokens.accept_words({"cast"})) return parse_cast(token.at);
        if (m_tokens.accept_words({"exists"})) {
            ExpressionPointer node = make(Kind::exists, token.at);
            m_tokens.expect_symbol("(");
            attach_select(node);
            m_tokens.expect_symbol(")");
            return node;
        }
        if (m_tokens.is_name()) return parse_name();
        m_tokens.fail_here();
        return nullptr;
    }

    ExpressionPointer parse_parenthesis() {
        const Position at = m_tokens.take().at;
        ExpressionPointer node;
        if (m_tokens.is_word("select")) {
            node = make(Kind::query, at);
            attach_select(node);
        } else {
            node = parse();
        }
        m_tokens.expect_symbol(")");
        return node;
    }

    ExpressionPointer parse_cast(Position at) {
        m_tokens.expect_symbol("(");
        ExpressionPointer operand = parse();
        m_tokens.expect_words({"as"});
        ExpressionPointer node = make(Kind::cast, at, parse_type_name());
        add(node, std::move(operand));
        m_tokens.expect_symbol(")");
        return node;
    }

    ExpressionPointer parse_case(Position at) {
        ExpressionPointer node = make(Kind::choice, at);
        if (!m_tokens.is_word("when")) {
            node->text = "OF";
            add(node, parse());
        }
        while (m_tokens.accept_words({"when"})) {
            if (node->operands.size() >= 2 * policy_operands_max) {
                m_tokens.fail(m_tokens.peek().at, "too many operands");
            }
            add(node, parse());
            m_tokens.expect_words({"then"});
            add(node, parse());
        }
        if (m_tokens.accept_words({"else"})) add(node, parse());
        m_tokens.expect_words({"end"});
        return node;
    }

    /// column, qualifier.column, function(...), schema.function(...).
    ExpressionPointer parse_name() {
        const Token first = m_tokens.take();
        ExpressionPointer node = make(Kind::column, first.at, first.text);
        if (m_tokens.accept_symbol(".")) {
            node->qualifier = std::move(node->text);
            node->text = m_tokens.expect_name();
            if (m_tokens.is_symbol(".")) {
                m_tokens.fail(m_tokens.peek().at, "name a column by its table's name or alias");
            }
        }
        if (!m_tokens.accept_symbol("(")) return node;
        node->kind = Kind::call;
        if (m_tokens.accept_symbol(")")) return node;
        parse_list(node);
        m_tokens.expect_symbol(")");
        return node;
    }

    void attach_select(ExpressionPointer& node) {
        const Nesting nesting(*this);
        node->select = parse_policy_select(m_tokens, [this] { return parse(); });
    }

    TokenStream& m_tokens;
    std::size_t m_nesting = 0;
};

}  // namespace

ExpressionPointer parse_policy_expression(TokenStream& tokens) {
    ExpressionPointer expression = ExpressionParser(tokens).parse();
    if (tokens.has_failed()) return nullptr;
    return expression;
}

}  // namespace muster::rest
