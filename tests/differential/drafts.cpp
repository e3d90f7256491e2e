// Drafts as text, quoted where PostgREST's grammar asks for it.
// SPDX-License-Identifier: Apache-2.0
#include "differential/drafts.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace muster::differential {

namespace {

bool is_plain(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\"";
}

std::string quote_if_needed(std::string_view text) {
    return is_plain(text) ? std::string(text) : quote(text);
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
    return text;
}

std::string write_place(const Place& place) {
    std::string text(place.column->name);
    for (std::size_t i = 0; i < place.path.size(); ++i) {
        text += place.as_text && i + 1 == place.path.size() ? "->>" : "->";
        const auto* key = std::get_if<std::string>(&place.path[i]);
        if (!key) text += std::to_string(std::get<int>(place.path[i]));
        // Digits without quotes are an index.
        const bool is_number = key && key->find_first_not_of("0123456789") == std::string::npos;
        if (key) text += is_number ? quote(*key) : quote_if_needed(*key);
    }
    return text;
}

std::string write_operand(const Test& test, bool in_group) {
    std::vector<std::string> items;
    if (test.op == "in") {
        for (const std::string& item : test.operands) items.push_back(quote_if_needed(item));
        return "(" + joined(items) + ")";
    }
    std::string operand = test.operands.empty() ? "" : test.operands.front();
    if (test.quantifier != Quantifier::none) {
        for (const std::string& item : test.operands) items.push_back(quote(item));
        operand = "{" + joined(items) + "}";
    }
    if (test.op == "is") return operand;
    return in_group ? quote_if_needed(operand) : operand;
}

std::string write_operation(const Test& test, bool in_group) {
    std::string text = test.negated ? "not." : "";
    text += test.op;
    if (test.quantifier == Quantifier::any) text += "(any)";
    if (test.quantifier == Quantifier::all) text += "(all)";
    return text + "." + write_operand(test, in_group);
}

std::string key_of(const Test& test) {
    return test.embed.empty() ? write_place(test.place) : test.embed;
}

std::string write_group(const Tree& tree);

std::string write_node(const Tree& tree) {
    if (tree.test) return key_of(*tree.test) + "." + write_operation(*tree.test, true);
    const std::string join = tree.any ? "or" : "and";
    return (tree.negated ? "not." : "") + join + write_group(tree);
}

std::string write_group(const Tree& tree) {
    std::vector<std::string> children;
    for (const Tree& child : tree.children) children.push_back(write_node(child));
    return "(" + joined(children) + ")";
}

std::string write_term(const Term& term) {
    std::string text = write_place(term.place);
    if (!term.embed.empty()) text = term.embed + "(" + text + ")";
    if (!term.direction.empty()) text += "." + term.direction;
    if (!term.nulls.empty()) text += "." + term.nulls;
    return text;
}

std::string write_items(const Level& level);

std::string write_item(const Item& item) {
    if (item.star) return "*";
    std::string text = item.alias.empty() ? "" : quote_if_needed(item.alias) + ":";
    if (!item.embed) {
        text += write_place(item.place);
        return item.cast.empty() ? text : text + "::" + item.cast;
    }
    const Embed& embed = *item.embed;
    text = embed.spread ? "..." : embed.alias.empty() ? "" : embed.alias + ":";
    text += embed.target;
    if (!embed.hint.empty()) text += "!" + embed.hint;
    if (embed.inner) text += "!inner";
    return text + "(" + write_items(embed.level) + ")";
}

std::string write_items(const Level& level) {
    std::vector<std::string> items;
    for (const Item& item : level.items) items.push_back(write_item(item));
    return joined(items);
}

void add_level(const Level& level, const std::string& prefix, Parameters& parameters) {
    for (const Tree& tree : level.where) {
        if (tree.test) {
            parameters.emplace_back(prefix + key_of(*tree.test),
                                    write_operation(*tree.test, false));
            continue;
        }
        const std::string negation = tree.negated ? "not." : "";
        parameters.emplace_back(prefix + negation + (tree.any ? "or" : "and"), write_group(tree));
    }
    std::vector<std::string> terms;
    for (const Term& term : level.order) terms.push_back(write_term(term));
    if (!terms.empty()) parameters.emplace_back(prefix + "order", joined(terms));
    if (level.limit) parameters.emplace_back(prefix + "limit", std::to_string(*level.limit));
    if (level.offset) parameters.emplace_back(prefix + "offset", std::to_string(*level.offset));
    for (const Item& item : level.items) {
        if (item.embed) add_level(item.embed->level, prefix + item.embed->name() + ".", parameters);
    }
}

}  // namespace

std::string member_name(const Item& item) {
    if (!item.alias.empty()) return item.alias;
    for (auto step = item.place.path.rbegin(); step != item.place.path.rend(); ++step) {
        if (const auto* key = std::get_if<std::string>(&*step)) return *key;
    }
    return std::string(item.place.column->name);
}

Parameters write_parameters(const Level& level) {
    Parameters parameters;
    if (!level.items.empty()) parameters.emplace_back("select", write_items(level));
    add_level(level, "", parameters);
    return parameters;
}

Parameters write_filters(const Level& level) {
    Parameters parameters;
    Level bare;
    bare.table = level.table;
    bare.where = level.where;
    add_level(bare, "", parameters);
    return parameters;
}

std::string write_query(const Parameters& parameters) {
    std::string query;
    for (const auto& [key, value] : parameters) {
        if (!query.empty()) query += '&';
        query += base::encode_form(key) + "=" + base::encode_form(value);
    }
    return query;
}

}  // namespace muster::differential
