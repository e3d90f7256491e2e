// The statements; expressions are policy_expressions.cpp's.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace muster::rest {

namespace {

/// PostgreSQL's reserved words as far as they can follow an expression or a table's name.
constexpr std::array<std::string_view, 48> reserved{
    "all",   "and",   "any",       "array",    "as",    "between", "case",   "cast",
    "check", "cross", "desc",      "distinct", "else",  "end",     "except", "exists",
    "false", "for",   "from",      "full",     "grant", "group",   "having", "ilike",
    "in",    "inner", "intersect", "is",       "join",  "left",    "like",   "limit",
    "not",   "null",  "on",        "or",       "order", "right",   "select", "some",
    "then",  "to",    "true",      "union",    "using", "when",    "where",  "with"};

class StatementParser {
public:
    explicit StatementParser(TokenStream& tokens) : m_tokens(tokens) {}

    std::vector<PolicyStatement> run() {
        std::vector<PolicyStatement> statements;
        while (!m_tokens.is_at_end()) {
            if (m_tokens.accept_symbol(";")) continue;
            statements.push_back(parse_statement());
            if (!m_tokens.is_at_end()) m_tokens.expect_symbol(";");
        }
        return statements;
    }

private:
    PolicyStatement parse_statement() {
        const Position at = m_tokens.peek().at;
        if (m_tokens.accept_words({"create", "policy"})) return parse_create_policy(at);
        if (m_tokens.accept_words({"grant"})) return parse_grant(false);
        if (m_tokens.accept_words({"revoke"})) return parse_grant(true);
        if (m_tokens.accept_words({"alter", "table"})) return parse_alter_table();
        m_tokens.fail(at, "expected CREATE POLICY, GRANT, REVOKE or ALTER TABLE");
        return EnableSecurity{};
    }

    CreatePolicy parse_create_policy(Position at) {
        CreatePolicy policy;
        policy.at = at;
        policy.name = m_tokens.expect_name();
        m_tokens.expect_words({"on"});
        policy.table = parse_table_name(m_tokens);
        if (m_tokens.accept_words({"as"})) {
            policy.permissive = m_tokens.accept_words({"permissive"});
            if (!policy.permissive) m_tokens.expect_words({"restrictive"});
        }
        if (m_tokens.accept_words({"for"})) policy.command = parse_command();
        policy.roles = {true, true, true};
        if (m_tokens.accept_words({"to"})) policy.roles = parse_roles();
        if (m_tokens.is_word("using")) {
            const Position place = m_tokens.take().at;
            if (policy.command == Command::insert) {
                m_tokens.fail(place, "only WITH CHECK expression allowed for INSERT");
            }
            policy.using_rows = parse_condition();
        }
        if (m_tokens.is_word("with")) {
            const Position place = m_tokens.take().at;
            m_tokens.expect_words({"check"});
            if (policy.command == Command::select || policy.command == Command::remove) {
                m_tokens.fail(place, "WITH CHECK cannot be applied to SELECT or DELETE");
            }
            policy.check_rows = parse_condition();
        }
        return policy;
    }

    ExpressionPointer parse_condition() {
        m_tokens.expect_symbol("(");
        ExpressionPointer condition = parse_policy_expression(m_tokens);
        m_tokens.expect_symbol(")");
        return condition;
    }

    std::optional<Command> parse_command() {
        if (m_tokens.accept_words({"all"})) return std::nullopt;
        if (m_tokens.accept_words({"select"})) return Command::select;
        if (m_tokens.accept_words({"insert"})) return Command::insert;
        if (m_tokens.accept_words({"update"})) return Command::update;
        if (m_tokens.accept_words({"delete"})) return Command::remove;
        m_tokens.fail_here();
        return std::nullopt;
    }

    RoleSet parse_roles() {
        RoleSet roles;
        do {
            const Token token = m_tokens.peek();
            const bool is_public = m_tokens.is_word("public");
            const std::string name = m_tokens.expect_name();
            if (m_tokens.has_failed()) break;
            if (is_public) roles = {true, true, true};
            bool* const role = name == "anon"            ? &roles.anon
                               : name == "authenticated" ? &roles.authenticated
                               : name == "service_role"  ? &roles.service_role
                                                         : nullptr;
            if (role != nullptr) *role = true;
            if (role == nullptr && !is_public) {
                m_tokens.fail(token.at, "role \"" + name + "\" does not exist");
            }
        } while (m_tokens.accept_symbol(","));
        return roles;
    }

    Grant parse_grant(bool revokes) {
        Grant grant;
        grant.revokes = revokes;
        do {
            parse_privilege(grant.privileges);
        } while (m_tokens.accept_symbol(","));
        m_tokens.expect_words({"on"});
        m_tokens.accept_words({"table"});
        do {
            grant.tables.push_back(parse_table_name(m_tokens));
        } while (m_tokens.accept_symbol(","));
        m_tokens.expect_words({revokes ? "from" : "to"});
        grant.roles = parse_roles();
        return grant;
    }

    void parse_privilege(std::vector<Privilege>& privileges) {
        Privilege privilege;
        privilege.at = m_tokens.peek().at;
        bool is_known = true;
        if (m_tokens.accept_words({"all"})) {
            m_tokens.accept_words({"privileges"});
        } else if (m_tokens.accept_words({"truncate"}) || m_tokens.accept_words({"references"}) ||
                   m_tokens.accept_words({"trigger"})) {
            is_known = false;  // nothing that can be done through the table API
        } else {
            privilege.command = parse_command();
        }
        if (m_tokens.accept_symbol("(")) {
            if (privilege.command == Command::remove) {
                m_tokens.fail(privilege.at, "invalid privilege type DELETE for column");
            }
            do {
                privilege.columns.push_back(m_tokens.expect_name());
            } while (m_tokens.accept_symbol(","));
            m_tokens.expect_symbol(")");
        }
        if (is_known) privileges.push_back(std::move(privilege));
    }

    EnableSecurity parse_alter_table() {
        m_tokens.accept_words({"only"});
        EnableSecurity statement{parse_table_name(m_tokens)};
        if (!m_tokens.accept_words({"force"})) m_tokens.expect_words({"enable"});
        m_tokens.expect_words({"row", "level", "security"});
        return statement;
    }

    TokenStream& m_tokens;
};

}  // namespace

const Token& TokenStream::peek(std::size_t ahead) const {
    return m_tokens[std::min(m_next + ahead, m_tokens.size() - 1)];
}

Token TokenStream::take() {
    Token token = peek();
    if (m_next + 1 < m_tokens.size()) ++m_next;
    return token;
}

bool TokenStream::is_word(std::string_view word, std::size_t ahead) const {
    return peek(ahead).kind == Token::Kind::word && peek(ahead).text == word;
}

bool TokenStream::is_symbol(std::string_view symbol, std::size_t ahead) const {
    return peek(ahead).kind == Token::Kind::symbol && peek(ahead).text == symbol;
}

bool TokenStream::accept_words(std::initializer_list<std::string_view> words) {
    std::size_t ahead = 0;
    for (const std::string_view word : words) {
        if (!is_word(word, ahead++)) return false;
    }
    for (std::size_t i = 0; i < words.size(); ++i) take();
    return true;
}

bool TokenStream::accept_symbol(std::string_view symbol) {
    if (!is_symbol(symbol)) return false;
    take();
    return true;
}

void TokenStream::expect_words(std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) {
        if (!accept_words({word})) fail_here();
    }
}

void TokenStream::expect_symbol(std::string_view symbol) {
    if (!accept_symbol(symbol)) fail_here();
}

bool TokenStream::is_name(std::size_t ahead) const {
    const Token& token = peek(ahead);
    if (token.kind == Token::Kind::quoted) return true;
    return token.kind == Token::Kind::word &&
           std::ranges::find(reserved, token.text) == reserved.end();
}

std::string TokenStream::expect_name() {
    if (is_name()) return take().text;
    fail_here();
    return {};
}

void TokenStream::fail(Position at, std::string message) {
    if (!m_fault) m_fault = PolicyFault{m_file.name, at.line, at.column, std::move(message)};
    m_next = m_tokens.size() - 1;
}

void TokenStream::fail_here() {
    const Token& token = peek();
    if (token.kind == Token::Kind::end) {
        fail(token.at, "syntax error at end of input");
    } else {
        fail(token.at, "syntax error at or near \"" + token.text + "\"");
    }
}

TableName parse_table_name(TokenStream& tokens) {
    TableName table;
    table.at = tokens.peek().at;
    table.name = tokens.expect_name();
    if (tokens.accept_symbol(".")) {
        table.schema = std::move(table.name);
        table.name = tokens.expect_name();
    }
    return table;
}

std::expected<std::vector<PolicyStatement>, PolicyFault> parse_policy_file(const PolicyFile& file) {
    auto read = read_tokens(file);
    if (!read) return std::unexpected(std::move(read.error()));
    TokenStream tokens(file, std::move(*read));
    auto statements = StatementParser(tokens).run();
    if (tokens.fault()) return std::unexpected(*tokens.fault());
    return statements;
}

}  // namespace muster::rest
