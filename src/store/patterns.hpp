// Patterns that callers send: LIKE as PostgreSQL matches it, and regular expressions. The SQL
// functions pg_like, pg_ilike, pg_match, pg_imatch run them; the table API asks for faults before.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace muster::store {

inline constexpr std::size_t regex_length_max = 1'000;        ///< bytes of one pattern
inline constexpr std::size_t regex_memory_max = 1024 * 1024;  ///< bytes that one may compile to
inline constexpr std::size_t like_length_max = 10'000;        ///< bytes of one pattern

enum class LetterCase { exact, folded };

/// `%`, `_`, and a backslash before what is meant literally, on UTF-8 characters. Folded: ASCII and
/// Latin-1. A pattern's last backslash stands for itself: ask like_fault first. Takes at most
/// value * pattern steps.
bool is_like(std::string_view value, std::string_view pattern, LetterCase letter_case);

/// PostgreSQL's words (22025) for a pattern that ends with its escape, or is too long.
std::optional<std::string> like_fault(std::string_view pattern);

/// A regular expression that was compiled: RE2's syntax, which leaves out what cannot be matched in
/// linear time (back references, look-around). As in PostgreSQL, it matches anywhere in the value
/// and a dot takes a line break too. Immutable, any thread.
class Regex {
public:
    /// Empty: regex_fault says why.
    static std::optional<Regex> compile(std::string_view pattern, LetterCase letter_case);
    bool is_match(std::string_view value) const;

private:
    explicit Regex(std::shared_ptr<const re2::RE2> compiled) : m_compiled(std::move(compiled)) {}
    std::shared_ptr<const re2::RE2> m_compiled;
};

/// PostgreSQL's words (2201B) for a pattern that is none, or is too long or too large.
std::optional<std::string> regex_fault(std::string_view pattern);

}  // namespace muster::store
