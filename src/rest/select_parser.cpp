// select=: every item is tried as a spread, as an embed, and then as a field.
// SPDX-License-Identifier: Apache-2.0
#include "rest/select_parser.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "rest/field_parser.hpp"
#include "rest/parser.hpp"

namespace muster::rest {
namespace {

constexpr std::pair<std::string_view, Aggregate> aggregates[] = {
    {"sum", Aggregate::sum}, {"avg", Aggregate::avg}, {"count", Aggregate::count},
    {"max", Aggregate::max}, {"min", Aggregate::min},
};

/// `alias:`, but not the first half of `::`.
bool parse_alias(Scanner& scanner, std::string& alias) {
    return scanner.attempt([&] {
        auto name = parse_name(scanner);
        if (!name || !scanner.take(":")) return false;
        if (!scanner.avoid([](char c) { return c == ':'; }, ":")) return false;
        alias = std::move(*name);
        return true;
    });
}

/// `!inner`, `!left`, `!hint`; of two hints the first counts.
bool parse_embed_parameter(Scanner& scanner, Embed& embed) {
    if (!scanner.take("!")) return false;
    if (scanner.attempt([&] { return scanner.take("left"); })) return true;
    if (scanner.attempt([&] { return scanner.take("inner"); })) {
        embed.inner = true;
        return true;
    }
    return scanner.attempt([&] {
        auto hint = parse_name(scanner);
        if (hint && embed.hint.empty()) embed.hint = std::move(*hint);
        return hint.has_value();
    });
}

/// The target with its parameters, up to the list in parentheses.
bool parse_target(Scanner& scanner, Embed& embed) {
    auto target = parse_name(scanner);
    // count() is an aggregate, never a relation.
    if (!target || (*target == "count" && !embed.spread)) return false;
    embed.target = std::move(*target);
    const auto parse_parameter = [&] { return parse_embed_parameter(scanner, embed); };
    return scanner.maybe(parse_parameter) && scanner.maybe(parse_parameter) && scanner.sees("(");
}

bool parse_spread_head(Scanner& scanner, Embed& embed) {
    embed = {};
    embed.spread = true;
    scanner.take_blanks();
    return scanner.take("...") && parse_target(scanner, embed);
}

bool parse_embed_head(Scanner& scanner, Embed& embed) {
    embed = {};
    scanner.take_blanks();
    parse_alias(scanner, embed.alias);
    return parse_target(scanner, embed);
}

bool sees_end_of_item(Scanner& scanner) {
    return scanner.sees(")") || scanner.sees(",") || scanner.sees_end();
}

bool parse_cast(Scanner& scanner, std::string& cast) {
    return scanner.maybe([&] {
        if (!scanner.take("::")) return false;
        auto word = parse_word(scanner);
        if (word) cast = std::move(*word);
        return word.has_value();
    });
}

bool parse_star(Scanner& scanner, SelectField& item) {
    item = {.field = {.column = "*"}};
    if (!scanner.take("*")) return false;
    scanner.take_blanks();
    return sees_end_of_item(scanner);
}

bool parse_count(Scanner& scanner, SelectField& item) {
    item = {.field = {.column = "*"}, .aggregate = Aggregate::count};
    parse_alias(scanner, item.alias);
    return scanner.take("count()") && parse_cast(scanner, item.cast) && sees_end_of_item(scanner);
}

bool parse_aggregate(Scanner& scanner, SelectField& item) {
    if (!scanner.take(".")) return false;
    for (const auto& [name, aggregate] : aggregates) {
        if (!scanner.attempt([&] { return scanner.take(name); })) continue;
        item.aggregate = aggregate;
        return scanner.take("()");
    }
    return false;
}

bool parse_plain_field(Scanner& scanner, SelectField& item) {
    item = {};
    parse_alias(scanner, item.alias);
    auto field = parse_field(scanner);
    if (!field) return false;
    item.field = std::move(*field);
    if (!parse_cast(scanner, item.cast)) return false;
    const bool aggregated = scanner.attempt([&] { return parse_aggregate(scanner, item); });
    if (!aggregated) item.aggregate = Aggregate::none;
    // The cast of an aggregate's result: aggregates are refused, and their casts with them.
    std::string result_cast;
    return parse_cast(scanner, result_cast) && sees_end_of_item(scanner);
}

bool parse_field_item(Scanner& scanner, SelectField& item) {
    scanner.take_blanks();
    const bool parsed =
        scanner.either([&] { return scanner.attempt([&] { return parse_star(scanner, item); }); },
                       [&] { return scanner.attempt([&] { return parse_count(scanner, item); }); },
                       [&] { return parse_plain_field(scanner, item); });
    if (parsed) scanner.take_blanks();
    return parsed;
}

bool parse_items(Scanner& scanner, SelectItems& items, std::size_t depth);

bool parse_item(Scanner& scanner, SelectItems& items, std::size_t depth) {
    Embed embed;
    if (scanner.attempt([&] { return parse_spread_head(scanner, embed); }) ||
        scanner.attempt([&] { return parse_embed_head(scanner, embed); })) {
        if (depth == nesting_max) return scanner.refuse("embeds nested less deeply");
        if (!scanner.take("(") || !parse_items(scanner, embed.level.select, depth + 1) ||
            !scanner.take(")")) {
            return false;
        }
        scanner.take_blanks();
        items.emplace_back(std::move(embed));
        return true;
    }
    SelectField field;
    if (!parse_field_item(scanner, field)) return false;
    items.emplace_back(std::move(field));
    return true;
}

bool parse_items(Scanner& scanner, SelectItems& items, std::size_t depth) {
    return scanner.maybe([&] {
        return scanner.list([&] { return parse_item(scanner, items, depth); },
                            [&] { return take_comma(scanner); });
    });
}

}  // namespace

Result<SelectItems> parse_select(std::string_view value) {
    Scanner scanner(value);
    SelectItems items;
    if (parse_items(scanner, items, 0)) return items;
    return scanner.failure(fmt::format("failed to parse select parameter ({})", value));
}

}  // namespace muster::rest
