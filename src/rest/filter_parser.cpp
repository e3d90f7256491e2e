// Operators and their operands.
// SPDX-License-Identifier: Apache-2.0
#include "rest/filter_parser.hpp"

#include <utility>

#include <fmt/format.h>

#include "rest/array_literal.hpp"
#include "rest/field_parser.hpp"

namespace muster::rest {
namespace {

using Names = std::initializer_list<std::pair<std::string_view, Operator>>;

// Each in the order in which they are tried: a longer name before its own beginning.
constexpr std::pair<std::string_view, Operator> search_operators[] = {
    {"fts", Operator::fts},
    {"plfts", Operator::plfts},
    {"phfts", Operator::phfts},
    {"wfts", Operator::wfts},
};
constexpr std::pair<std::string_view, Operator> simple_operators[] = {
    {"neq", Operator::neq}, {"cs", Operator::cs},   {"cd", Operator::cd},
    {"ov", Operator::ov},   {"sl", Operator::sl},   {"sr", Operator::sr},
    {"nxr", Operator::nxr}, {"nxl", Operator::nxl}, {"adj", Operator::adj},
};
constexpr std::pair<std::string_view, Operator> quantified_operators[] = {
    {"eq", Operator::eq},       {"gte", Operator::gte},     {"gt", Operator::gt},
    {"lte", Operator::lte},     {"lt", Operator::lt},       {"like", Operator::like},
    {"ilike", Operator::ilike}, {"match", Operator::match}, {"imatch", Operator::imatch},
};
constexpr std::string_view is_values[] = {"null", "not_null", "true", "false", "unknown"};

bool ends_in_logic(char c) {
    return c == ',' || c == ')';
}

bool continues_in_logic(char c) {
    return !ends_in_logic(c);
}

template <std::size_t size>
bool parse_name_of(Scanner& scanner, const std::pair<std::string_view, Operator> (&names)[size],
                   Operator& op) {
    for (const auto& [name, value] : names) {
        if (!scanner.attempt([&] { return scanner.take(name); })) continue;
        op = value;
        return true;
    }
    return false;
}

bool take_with_delimiter(Scanner& scanner, std::string_view name) {
    return scanner.attempt([&] { return scanner.take(name) && take_delimiter(scanner); });
}

/// A quoted text that is all there is up to the next ',' or ')'.
bool parse_quoted_item(Scanner& scanner, std::string& item) {
    return scanner.attempt([&] {
        auto quoted = parse_quoted(scanner);
        if (!quoted || !scanner.avoid(continues_in_logic)) return false;
        item = std::move(*quoted);
        return true;
    });
}

bool parse_plain_item(Scanner& scanner, std::string& item) {
    const std::size_t start = scanner.position();
    scanner.repeat([&] { return scanner.take_if(continues_in_logic); });
    item = scanner.taken_since(start);
    return true;
}

bool take_braces(Scanner& scanner, std::string& item) {
    return scanner.attempt([&] {
        const std::size_t start = scanner.position();
        const auto take_inner = [&] {
            return scanner.take_if([](char c) { return c != '{' && c != '}'; });
        };
        if (!scanner.take("{") || !scanner.repeat(take_inner) || !scanner.take("}")) return false;
        item = scanner.taken_since(start);
        return true;
    });
}

bool parse_operand(Scanner& scanner, Place place, std::string& operand) {
    if (place == Place::logic) {
        return parse_quoted_item(scanner, operand) || take_braces(scanner, operand) ||
               parse_plain_item(scanner, operand);
    }
    const std::size_t start = scanner.position();
    scanner.repeat([&] { return scanner.take_any(); });
    operand = scanner.taken_since(start);
    return true;
}

bool parse_list(Scanner& scanner, std::vector<std::string>& list) {
    scanner.take_blanks();
    if (!scanner.take("(")) return false;
    scanner.take_blanks();
    const auto add_item = [&] {
        std::string item;
        if (!parse_quoted_item(scanner, item)) parse_plain_item(scanner, item);
        list.push_back(std::move(item));
        return true;
    };
    if (!scanner.list(add_item, [&] { return scanner.take(","); })) return false;
    scanner.take_blanks();
    if (!scanner.take(")")) return false;
    scanner.take_blanks();
    // in.() has no items rather than an empty one, and in.("") cannot be told from it.
    if (list.size() == 1 && list.front().empty()) list.clear();
    return true;
}

bool parse_in(Scanner& scanner, Condition& condition) {
    condition.op = Operator::in;
    return take_with_delimiter(scanner, "in") && parse_list(scanner, condition.list);
}

bool parse_is_value(Scanner& scanner, std::string& operand) {
    for (const std::string_view value : is_values) {
        const bool taken = scanner.attempt([&] {
            for (const char wanted : value) {
                // '_' has no other case, and no letter becomes it.
                if (!scanner.take_if([&](char c) {
                        return c == wanted || (wanted != '_' && (c | 0x20) == wanted);
                    })) {
                    return false;
                }
            }
            return true;
        });
        if (!taken) continue;
        operand = value;
        return true;
    }
    return false;
}

bool parse_is(Scanner& scanner, Condition& condition) {
    condition.op = Operator::is;
    return take_with_delimiter(scanner, "is") &&
           scanner.named("isVal: (null, not_null, true, false, unknown)",
                         [&] { return parse_is_value(scanner, condition.operand); });
}

bool parse_is_distinct(Scanner& scanner, Place place, Condition& condition) {
    condition.op = Operator::isdistinct;
    return take_with_delimiter(scanner, "isdistinct") &&
           parse_operand(scanner, place, condition.operand);
}

bool parse_search(Scanner& scanner, Place place, Condition& condition) {
    if (!parse_name_of(scanner, search_operators, condition.op)) return false;
    scanner.attempt([&] {
        if (!scanner.take("(")) return false;
        condition.language = parse_word(scanner);
        return condition.language && scanner.take(")");
    });
    return take_delimiter(scanner) && parse_operand(scanner, place, condition.operand);
}

bool parse_simple(Scanner& scanner, Place place, Condition& condition) {
    return parse_name_of(scanner, simple_operators, condition.op) && take_delimiter(scanner) &&
           parse_operand(scanner, place, condition.operand);
}

bool parse_quantified(Scanner& scanner, Place place, Condition& condition) {
    if (!parse_name_of(scanner, quantified_operators, condition.op)) return false;
    scanner.attempt([&] {
        if (!scanner.take("(")) return false;
        const bool is_any = scanner.attempt([&] { return scanner.take("any"); });
        if ((!is_any && !scanner.take("all")) || !scanner.take(")")) return false;
        condition.quantifier = is_any ? Quantifier::any : Quantifier::all;
        return true;
    });
    return take_delimiter(scanner) && parse_operand(scanner, place, condition.operand);
}

}  // namespace

bool parse_operation(Scanner& scanner, Place place, Condition& condition) {
    condition.negated = take_with_delimiter(scanner, "not");
    return scanner.named("operator (eq, gt, ...)", [&] {
        return scanner.either(
            [&] { return parse_in(scanner, condition); },
            [&] { return parse_is(scanner, condition); },
            [&] { return parse_is_distinct(scanner, place, condition); },
            [&] {
                return scanner.attempt([&] { return parse_search(scanner, place, condition); });
            },
            [&] {
                return scanner.attempt([&] { return parse_simple(scanner, place, condition); });
            },
            [&] {
                return scanner.attempt([&] { return parse_quantified(scanner, place, condition); });
            });
    });
}

Result<Condition> parse_filter(std::string_view value) {
    Scanner scanner(value);
    Condition condition;
    if (parse_operation(scanner, Place::parameter, condition)) return condition;
    return scanner.failure(fmt::format("failed to parse filter ({})", value));
}

Result<void> parse_elements(Condition& condition) {
    if (condition.quantifier == Quantifier::none) return {};
    auto elements = parse_array(condition.operand);
    if (!elements) return std::unexpected(std::move(elements.error()));
    for (auto& element : *elements) {
        if (!element) {
            return fail("PGRST127", "Feature not implemented",
                        "NULL in the array of an operator with (any) or (all)");
        }
        condition.list.push_back(std::move(*element));
    }
    return {};
}

}  // namespace muster::rest
