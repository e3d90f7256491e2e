// Parsed queries as one line of text, for the tests of the grammar.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>

#include <fmt/format.h>

#include "rest/query.hpp"

namespace muster::rest {

inline std::string to_line(const Field& field) {
    std::string line = field.column;
    for (const JsonStep& step : field.path) {
        line += step.as_text ? "->>" : "->";
        if (const auto* index = std::get_if<std::int64_t>(&step.key)) {
            line += std::to_string(*index);
        } else {
            line += fmt::format("'{}'", std::get<std::string>(step.key));
        }
    }
    return line;
}

inline std::string to_line(Operator op) {
    constexpr const char* names[] = {"eq",    "neq",   "gt",     "gte", "lt",  "lte",        "like",
                                     "ilike", "match", "imatch", "in",  "is",  "isdistinct", "cs",
                                     "cd",    "ov",    "sl",     "sr",  "nxl", "nxr",        "adj",
                                     "fts",   "plfts", "phfts",  "wfts"};
    return names[static_cast<std::size_t>(op)];
}

inline std::string to_line(const Condition& condition) {
    std::string line = to_line(condition.field);
    line += condition.negated ? " not " : " ";
    line += to_line(condition.op);
    if (condition.quantifier == Quantifier::any) line += "(any)";
    if (condition.quantifier == Quantifier::all) line += "(all)";
    if (condition.language) line += fmt::format("({})", *condition.language);
    if (condition.op == Operator::in || condition.quantifier != Quantifier::none) {
        line += " [";
        for (const std::string& item : condition.list) line += fmt::format("<{}>", item);
        return line + "]";
    }
    return line + fmt::format(" <{}>", condition.operand);
}

inline std::string to_line(const Logic& logic) {
    std::string line;
    for (const auto& child : logic.children) {
        if (!line.empty()) line += logic.join == Logic::Join::all ? " & " : " | ";
        if (const auto* condition = std::get_if<Condition>(&child)) {
            line += to_line(*condition);
            continue;
        }
        const auto& inner = std::get<Logic>(child);
        line += fmt::format("{}({})", inner.negated ? "!" : "", to_line(inner));
    }
    return line;
}

inline std::string to_line(const SelectField& item) {
    constexpr const char* aggregates[] = {"", ".sum()", ".avg()", ".count()", ".max()", ".min()"};
    std::string line = item.alias.empty() ? "" : item.alias + ":";
    line += to_line(item.field);
    if (!item.cast.empty()) line += "::" + item.cast;
    return line + aggregates[static_cast<std::size_t>(item.aggregate)];
}

inline std::string to_line(const OrderTerm& term) {
    std::string line = to_line(term.field);
    if (term.embed) line = fmt::format("{}({})", *term.embed, line);
    if (term.descending) line += " desc";
    if (term.nulls_first) line += *term.nulls_first ? " nulls first" : " nulls last";
    return line;
}

inline std::string to_line(const Level& level);

inline std::string to_line(const Embed& embed) {
    std::string line = embed.spread ? "..." : "";
    if (!embed.alias.empty()) line += embed.alias + ":";
    line += embed.target;
    if (!embed.hint.empty()) line += "!" + embed.hint;
    if (embed.inner) line += "!inner";
    return line + "{" + to_line(embed.level) + "}";
}

/// "id,rel{*}; where ...; order ...; limit 1; offset 2"
inline std::string to_line(const Level& level) {
    std::string line;
    for (const auto& item : level.select) {
        if (!line.empty()) line += ',';
        line += std::visit([](const auto& one) { return to_line(one); }, item);
    }
    if (!level.where.children.empty()) line += "; where " + to_line(level.where);
    for (std::size_t i = 0; i < level.order.size(); ++i) {
        line += (i == 0 ? "; order " : ", ") + to_line(level.order[i]);
    }
    if (level.limit) line += fmt::format("; limit {}", *level.limit);
    if (level.offset != 0) line += fmt::format("; offset {}", level.offset);
    return line;
}

}  // namespace muster::rest
