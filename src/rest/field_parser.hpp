// Names, JSON paths and lists of names: the words of the query string's grammar. Called by the
// parsers of its parts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/query.hpp"
#include "rest/scanner.hpp"

namespace muster::rest {

// Empty: failed; the scanner knows why, and whether anything was taken.

/// "...", with \" and \\ inside.
std::optional<std::string> parse_quoted(Scanner& scanner);
/// Letters, digits, '_', '$' and blanks, without blanks around: a type, a language.
std::optional<std::string> parse_word(Scanner& scanner);
/// A column, an embed, a hint: quoted, or words with '-' between them.
std::optional<std::string> parse_name(Scanner& scanner);
/// A name and its JSON path, blanks around it.
std::optional<Field> parse_field(Scanner& scanner);

/// The '.' between the parts of a filter.
bool take_delimiter(Scanner& scanner);
/// A ',' with blanks around it.
bool take_comma(Scanner& scanner);

/// `a.b.column->path`: embeds, and a field of the last.
struct Path {
    std::vector<std::string> embeds = {};
    Field field = {};
};
/// What follows a path is nobody's: PostgREST leaves it unread. Fails: PGRST100.
Result<Path> parse_path(std::string_view key);

/// The value of columns= and on_conflict=, repeats left out. Fails: PGRST100, with `parameter` in
/// its message.
Result<std::vector<std::string>> parse_names(std::string_view value, std::string_view parameter);

}  // namespace muster::rest
