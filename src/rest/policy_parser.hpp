// CREATE POLICY, GRANT, REVOKE and ALTER TABLE as trees. Called by policies.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rest/policy_lexer.hpp"

namespace muster::rest {

/// All statements of a file, in order.
std::expected<std::vector<PolicyStatement>, PolicyFault> parse_policy_file(const PolicyFile& file);

/// The tokens of one file on their way through the parsers. The first fault sticks, and behind it
/// there is nothing but the end: no loop goes on, no one asks twice.
class TokenStream {
public:
    TokenStream(const PolicyFile& file, std::vector<Token> tokens)
        : m_file(file), m_tokens(std::move(tokens)) {}

    const Token& peek(std::size_t ahead = 0) const;
    Token take();
    bool is_word(std::string_view word, std::size_t ahead = 0) const;
    bool is_symbol(std::string_view symbol, std::size_t ahead = 0) const;
    /// All of them or none.
    bool accept_words(std::initializer_list<std::string_view> words);
    bool accept_symbol(std::string_view symbol);
    void expect_words(std::initializer_list<std::string_view> words);
    void expect_symbol(std::string_view symbol);
    /// An identifier that is not reserved, or a quoted one.
    std::string expect_name();
    bool is_name(std::size_t ahead = 0) const;

    bool is_at_end() const { return peek().kind == Token::Kind::end; }
    void fail(Position at, std::string message);
    /// `syntax error at or near "..."`, for the next token.
    void fail_here();
    bool has_failed() const { return m_fault.has_value(); }
    const std::optional<PolicyFault>& fault() const { return m_fault; }

private:
    const PolicyFile& m_file;
    std::vector<Token> m_tokens;
    std::size_t m_next = 0;
    std::optional<PolicyFault> m_fault;
};

/// One expression from its first token on. Null after a fault.
ExpressionPointer parse_policy_expression(TokenStream& tokens);

/// From SELECT on; the expressions in it are read by `parse_expression`, which knows how deep it
/// is.
std::unique_ptr<Select> parse_policy_select(
    TokenStream& tokens, const std::function<ExpressionPointer()>& parse_expression);

/// `name` or `schema.name`.
TableName parse_table_name(TokenStream& tokens);

}  // namespace muster::rest
