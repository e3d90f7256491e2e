// Trees of conditions: every node is tried as a condition, then as a group.
// SPDX-License-Identifier: Apache-2.0
#include "rest/logic_parser.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "rest/field_parser.hpp"
#include "rest/filter_parser.hpp"
#include "rest/parser.hpp"

namespace muster::rest {
namespace {

using Node = std::variant<Condition, Logic>;

bool parse_condition(Scanner& scanner, Condition& condition) {
    auto field = parse_field(scanner);
    if (!field) return false;
    condition.field = std::move(*field);
    return take_delimiter(scanner) && parse_operation(scanner, Place::logic, condition);
}

bool parse_join(Scanner& scanner, Logic::Join& join) {
    return scanner.named("logic operator (and, or)", [&] {
        if (scanner.attempt([&] { return scanner.take("and"); })) return true;
        join = Logic::Join::any;
        return scanner.take("or");
    });
}

bool take_with_blanks(Scanner& scanner, std::string_view literal) {
    scanner.take_blanks();
    if (!scanner.take(literal)) return false;
    scanner.take_blanks();
    return true;
}

bool parse_node(Scanner& scanner, Node& node, std::size_t depth);

bool parse_group(Scanner& scanner, Logic& logic, std::size_t depth) {
    scanner.named("negation operator (not)", [&] {
        logic.negated =
            scanner.attempt([&] { return scanner.take("not") && take_delimiter(scanner); });
        return logic.negated;
    });
    if (!parse_join(scanner, logic.join)) return false;
    if (depth == nesting_max) return scanner.refuse("groups nested less deeply");
    if (!take_with_blanks(scanner, "(")) return false;
    const auto add_node = [&] {
        Node node;
        if (!parse_node(scanner, node, depth + 1)) return false;
        logic.children.push_back(std::move(node));
        return true;
    };
    return scanner.list(add_node, [&] { return take_comma(scanner); }) &&
           take_with_blanks(scanner, ")");
}

bool parse_node(Scanner& scanner, Node& node, std::size_t depth) {
    Condition condition;
    if (scanner.attempt([&] { return parse_condition(scanner, condition); })) {
        node = std::move(condition);
        return true;
    }
    Logic logic;
    if (!parse_group(scanner, logic, depth)) return false;
    node = std::move(logic);
    return true;
}

}  // namespace

bool is_logic_key(std::string_view key) {
    const std::string_view last = key.substr(key.rfind('.') + 1);
    return last == "and" || last == "or";
}

Result<LogicParameter> parse_logic(std::string_view key, std::string_view value) {
    Scanner key_scanner(key);
    LogicParameter parameter;
    const auto add_name = [&] {
        auto name = parse_name(key_scanner);
        if (name) parameter.embeds.push_back(std::move(*name));
        return name.has_value();
    };
    if (!key_scanner.list(add_name, [&] { return take_delimiter(key_scanner); })) {
        return key_scanner.failure(fmt::format("failed to parse logic path ({})", key));
    }
    std::string text = std::move(parameter.embeds.back());
    parameter.embeds.pop_back();
    // `not.or=(...)` reads like `not.or(...)` inside a group.
    if (std::erase(parameter.embeds, "not") > 0) text.insert(0, "not.");
    text += value;
    Scanner scanner(text);
    if (parse_node(scanner, parameter.node, 0)) return parameter;
    return scanner.failure(fmt::format("failed to parse logic tree ({})", value));
}

}  // namespace muster::rest
