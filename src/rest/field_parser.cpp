// Quoted and plain names, JSON arrows.
// SPDX-License-Identifier: Apache-2.0
#include "rest/field_parser.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace muster::rest {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Letters of every script: what lies beyond ASCII is not told apart, and names no column of ours.
bool is_word_character(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return c < 0 || (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_' || c == ' ' ||
           c == '$';
}

bool is_key_character(char c) {
    return c != '\0' && !std::string_view("(-:.,>)").contains(c);
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

bool take_word(Scanner& scanner) {
    const auto take_character = [&] {
        return scanner.take_if(is_word_character) || scanner.miss_names({"letter", "digit"});
    };
    return take_character() && scanner.repeat(take_character);
}

bool take_key(Scanner& scanner) {
    const auto take_character = [&] { return scanner.take_if(is_key_character); };
    return take_character() && scanner.repeat(take_character);
}

/// A '-' inside a name, which is not the beginning of an arrow.
bool take_dash(Scanner& scanner) {
    return scanner.attempt(
        [&] { return scanner.take("-") && scanner.avoid([](char c) { return c == '>'; }, ">"); });
}

/// Quoted, or `take_part`s with dashes between them, under a name for refusals.
template <class TakePart>
std::optional<std::string> parse_dashed(Scanner& scanner, std::string_view name,
                                        TakePart take_part) {
    std::optional<std::string> quoted;
    std::string plain;
    const auto add_part = [&] {
        const std::size_t start = scanner.position();
        if (!take_part(scanner)) return false;
        plain += trimmed(scanner.taken_since(start));
        return true;
    };
    const auto add_dash = [&] {
        if (!take_dash(scanner)) return false;
        plain += '-';
        return true;
    };
    const bool taken = scanner.named(name, [&] {
        const std::size_t start = scanner.position();
        quoted = parse_quoted(scanner);
        if (quoted || scanner.position() != start) return quoted.has_value();
        return scanner.list(add_part, add_dash);
    });
    if (!taken) return std::nullopt;
    return quoted ? std::move(quoted) : std::optional(std::move(plain));
}

/// What may follow an array index; anything else makes it a key.
bool sees_index_end(Scanner& scanner) {
    return scanner.sees("->") || scanner.sees("::") || scanner.sees(".") || scanner.sees(",") ||
           scanner.sees_end();
}

bool parse_index(Scanner& scanner, JsonStep& step) {
    return scanner.attempt([&] {
        const std::size_t start = scanner.position();
        scanner.take("-");
        const auto take_digit = [&] {
            return scanner.take_if(is_digit) || scanner.miss_names({"digit"});
        };
        if (!take_digit() || !scanner.repeat(take_digit)) return false;
        const std::string_view digits = scanner.taken_since(start);
        if (!sees_index_end(scanner)) return false;
        std::int64_t index = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), index);
        step.key = index;
        return read.ec == std::errc();
    });
}

bool parse_json_step(Scanner& scanner, JsonStep& step) {
    step.as_text = scanner.attempt([&] { return scanner.take("->>"); });
    if (!step.as_text && !scanner.attempt([&] { return scanner.take("->"); })) return false;
    if (parse_index(scanner, step)) return true;
    return scanner.attempt([&] {
        auto key =
            parse_dashed(scanner, "any non reserved character different from: .,>()", take_key);
        if (key) step.key = std::move(*key);
        return key.has_value();
    });
}

bool parse_json_path(Scanner& scanner, std::vector<JsonStep>& path) {
    return scanner.repeat([&] {
        JsonStep step;
        if (!parse_json_step(scanner, step)) return false;
        path.push_back(std::move(step));
        return true;
    });
}

}  // namespace

std::optional<std::string> parse_quoted(Scanner& scanner) {
    if (!scanner.take("\"")) return std::nullopt;
    std::string text;
    const bool closed = scanner.repeat([&] {
        const std::size_t start = scanner.position();
        if (scanner.take_if([](char c) { return c != '"' && c != '\\'; })) {
            text += scanner.taken_since(start);
            return true;
        }
        if (!scanner.take("\\") || !scanner.take_any()) return false;
        text += scanner.taken_since(start + 1);
        return true;
    }) && scanner.take("\"");
    return closed ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<std::string> parse_word(Scanner& scanner) {
    const std::size_t start = scanner.position();
    if (!take_word(scanner)) return std::nullopt;
    return trimmed(scanner.taken_since(start));
}

std::optional<std::string> parse_name(Scanner& scanner) {
    return parse_dashed(scanner, "field name (* or [a..z0..9_$])", take_word);
}

std::optional<Field> parse_field(Scanner& scanner) {
    scanner.take_blanks();
    auto column = parse_name(scanner);
    if (!column) return std::nullopt;
    Field field{std::move(*column)};
    if (!parse_json_path(scanner, field.path)) return std::nullopt;
    scanner.take_blanks();
    return field;
}

bool take_delimiter(Scanner& scanner) {
    return scanner.named("delimiter (.)", [&] { return scanner.take("."); });
}

bool take_comma(Scanner& scanner) {
    scanner.take_blanks();
    if (!scanner.take(",")) return false;
    scanner.take_blanks();
    return true;
}

Result<Path> parse_path(std::string_view key) {
    Scanner scanner(key);
    Path path;
    const auto add_name = [&] {
        auto name = parse_name(scanner);
        if (name) path.embeds.push_back(std::move(*name));
        return name.has_value();
    };
    if (!scanner.list(add_name, [&] { return take_delimiter(scanner); }) ||
        !parse_json_path(scanner, path.field.path)) {
        return scanner.failure(fmt::format("failed to parse tree path ({})", key));
    }
    path.field.column = std::move(path.embeds.back());
    path.embeds.pop_back();
    return path;
}

Result<std::vector<std::string>> parse_names(std::string_view value, std::string_view parameter) {
    Scanner scanner(value);
    std::vector<std::string> names;
    const auto add_name = [&] {
        auto name = parse_name(scanner);
        if (name && std::ranges::find(names, *name) == names.end()) names.push_back(*name);
        return name.has_value();
    };
    if (!scanner.list(add_name, [&] { return take_comma(scanner); })) {
        return scanner.failure(fmt::format("failed to parse {} parameter ({})", parameter, value));
    }
    return names;
}

}  // namespace muster::rest
