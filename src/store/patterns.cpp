// LIKE is matched here, in place; regular expressions are RE2's.
// SPDX-License-Identifier: Apache-2.0
#include "store/patterns.hpp"

#include <re2/re2.h>

namespace muster::store {

namespace {

constexpr const char* ends_with_escape = "LIKE pattern must not end with escape character";

/// Takes a character off the front; a byte that begins none stands for itself, beyond Unicode.
char32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    constexpr char32_t stray = 0x200000;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) {
        text.remove_prefix(1);
        return first < 0x80 ? first : stray + first;
    }
    char32_t character = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0) != 0x80) {
            text.remove_prefix(1);
            return stray + first;
        }
        character = (character << 6) | (next & 0x3FU);
    }
    text.remove_prefix(length);
    return character;
}

char32_t fold(char32_t character, LetterCase letter_case) {
    if (letter_case == LetterCase::exact) return character;
    const bool is_upper_ascii = character >= U'A' && character <= U'Z';
    const bool is_upper_latin = character >= 0xC0 && character <= 0xDE && character != 0xD7;
    return is_upper_ascii || is_upper_latin ? character + 0x20 : character;
}

struct Token {
    enum class Kind { literal, one, any } kind = Kind::literal;
    char32_t character = 0;
};

Token take_token(std::string_view& pattern, LetterCase letter_case) {
    char32_t character = take_character(pattern);
    if (character == U'%') return {Token::Kind::any};
    if (character == U'_') return {Token::Kind::one};
    if (character == U'\\' && !pattern.empty()) character = take_character(pattern);
    return {Token::Kind::literal, fold(character, letter_case)};
}

re2::RE2::Options options_of(LetterCase letter_case) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<std::int64_t>(regex_memory_max));
    options.set_dot_nl(true);
    options.set_case_sensitive(letter_case == LetterCase::exact);
    return options;
}

re2::StringPiece piece_of(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

// Only the last `%` is ever gone back to: what an earlier one could take, the last one can too.
bool is_like(std::string_view value, std::string_view pattern, LetterCase letter_case) {
    std::optional<std::string_view> pattern_after_any;
    std::string_view value_after_any;
    while (!value.empty() || !pattern.empty()) {
        if (!pattern.empty()) {
            std::string_view rest = pattern;
            const Token token = take_token(rest, letter_case);
            if (token.kind == Token::Kind::any) {
                pattern = rest;
                pattern_after_any = rest;
                value_after_any = value;
                continue;
            }
            std::string_view value_rest = value;
            if (!value.empty() &&
                (fold(take_character(value_rest), letter_case) == token.character ||
                 token.kind == Token::Kind::one)) {
                value = value_rest;
                pattern = rest;
                continue;
            }
        }
        if (!pattern_after_any || value_after_any.empty()) return false;
        take_character(value_after_any);
        value = value_after_any;
        pattern = *pattern_after_any;
    }
    return true;
}

std::optional<std::string> like_fault(std::string_view pattern) {
    if (pattern.size() > like_length_max) return "LIKE pattern is too long";
    bool escaped = false;
    for (const char c : pattern) escaped = !escaped && c == '\\';
    if (escaped) return ends_with_escape;
    return std::nullopt;
}

std::optional<Regex> Regex::compile(std::string_view pattern, LetterCase letter_case) {
    if (pattern.size() > regex_length_max) return std::nullopt;
    auto compiled = std::make_shared<const re2::RE2>(piece_of(pattern), options_of(letter_case));
    if (!compiled->ok()) return std::nullopt;
    return Regex(std::move(compiled));
}

bool Regex::is_match(std::string_view value) const {
    return re2::RE2::PartialMatch(piece_of(value), *m_compiled);
}

std::optional<std::string> regex_fault(std::string_view pattern) {
    constexpr const char* words = "invalid regular expression: ";
    if (pattern.size() > regex_length_max) return std::string(words) + "regexp is too complex";
    const re2::RE2 compiled(piece_of(pattern), options_of(LetterCase::exact));
    if (compiled.ok()) return std::nullopt;
    return words + compiled.error();
}

}  // namespace muster::store
