// PostgreSQL's lexical rules, as far as policies need them.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_lexer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace muster::rest {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) {
    return begins_word(c) || is_digit(c) || c == '$';
}
char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
}

class Lexer {
public:
    explicit Lexer(const PolicyFile& file) : m_file(file), m_rest(file.text) {}

    std::expected<std::vector<Token>, PolicyFault> run() {
        if (m_rest.size() > policy_file_bytes_max) fail({}, "the file is too large");
        std::vector<Token> tokens;
        while (!m_fault) {
            skip_blanks();
            tokens.push_back({Token::Kind::end, {}, m_at});
            if (m_rest.empty()) break;
            read_token(tokens.back());
        }
        if (m_fault) return std::unexpected(*std::move(m_fault));
        return tokens;
    }

private:
    void fail(Position at, std::string message) {
        if (!m_fault) m_fault = PolicyFault{m_file.name, at.line, at.column, std::move(message)};
        m_rest = {};
    }

    /// Columns count characters: the later bytes of one do not count.
    char take() {
        const char c = m_rest.front();
        m_rest.remove_prefix(1);
        if (c == '\n') {
            m_at = {m_at.line + 1, 1};
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++m_at.column;
        }
        return c;
    }

    void skip_blanks() {
        for (;;) {
            if (m_rest.starts_with("--")) {
                while (!m_rest.empty() && m_rest.front() != '\n') take();
            } else if (m_rest.starts_with("/*")) {
                skip_comment();
            } else if (!m_rest.empty() && is_space(m_rest.front())) {
                take();
            } else {
                return;
            }
        }
    }

    /// They nest in PostgreSQL.
    void skip_comment() {
        const Position start = m_at;
        std::size_t depth = 0;
        do {
            if (m_rest.starts_with("/*")) {
                take();
                ++depth;
            } else if (m_rest.starts_with("*/")) {
                take();
                --depth;
            }
            if (m_rest.empty()) {
                fail(start, "unterminated /* comment");
                return;
            }
            take();
        } while (depth > 0);
    }

    void read_token(Token& token) {
        const char first = m_rest.front();
        if (begins_word(first)) {
            token.kind = Token::Kind::word;
            while (!m_rest.empty() && continues_word(m_rest.front())) {
                token.text += to_lower(take());
            }
        } else if (first == '"' || first == '\'') {
            token.kind = first == '"' ? Token::Kind::quoted : Token::Kind::text;
            read_quoted(token, first);
        } else if (is_digit(first) || (first == '.' && m_rest.size() > 1 && is_digit(m_rest[1]))) {
            token.kind = Token::Kind::number;
            read_number(token);
        } else {
            token.kind = Token::Kind::symbol;
            read_symbol(token);
        }
    }

    void read_quoted(Token& token, char quote) {
        take();
        for (;;) {
            if (m_rest.empty()) {
                fail(token.at, quote == '"' ? "unterminated quoted identifier"
                                            : "unterminated quoted string");
                return;
            }
            const char c = take();
            if (c == quote && !m_rest.starts_with(quote)) break;
            if (c == quote) take();
            if (c == '\0' || c == '\1') fail(token.at, "a control character");
            token.text += c;
        }
        if (quote == '"' && token.text.empty()) fail(token.at, "zero-length delimited identifier");
    }

    void read_number(Token& token) {
        const auto take_digits = [&] {
            while (!m_rest.empty() && is_digit(m_rest.front())) token.text += take();
        };
        take_digits();
        if (m_rest.starts_with('.')) {
            token.text += take();
            take_digits();
        }
        if (!m_rest.empty() && begins_word(m_rest.front())) {
            fail(token.at, "trailing junk after numeric literal");
        }
    }

    void read_symbol(Token& token) {
        static constexpr std::array<std::string_view, 25> symbols{
            "->>", "->", "::", "<=", ">=", "<>", "!=", "||", "(", ")", "[", "]", ",",
            ";",   ".",  "=",  "<",  ">",  "+",  "-",  "*",  "/", ":", "%", "@"};
        const auto* found = std::ranges::find_if(
            symbols, [&](std::string_view symbol) { return m_rest.starts_with(symbol); });
        if (found == symbols.end()) {
            fail(token.at, "syntax error at or near \"" + std::string(1, m_rest.front()) + "\"");
            return;
        }
        for (std::size_t i = 0; i < found->size(); ++i) token.text += take();
        if (token.text == "!=") token.text = "<>";
    }

    const PolicyFile& m_file;
    std::string_view m_rest;
    Position m_at;
    std::optional<PolicyFault> m_fault;
};

}  // namespace

std::expected<std::vector<Token>, PolicyFault> read_tokens(const PolicyFile& file) {
    return Lexer(file).run();
}

}  // namespace muster::rest
