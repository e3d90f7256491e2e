// Conditions: every operator that a column's type has, and logic trees of them.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "differential/draft_maker.hpp"

namespace muster::differential {

namespace {

constexpr int tree_depth_max = 3;

std::string array_literal(const json::array& items) {
    std::string literal = "{";
    for (const json::value& item : items) {
        if (!item.is_string()) continue;
        literal += literal.size() > 1 ? ",\"" : "\"";
        for (const char c : item.get_string()) {
            if (c == '"' || c == '\\') literal += '\\';
            literal += c;
        }
        literal += '"';
    }
    return literal + "}";
}

bool is_text(const Place& place) {
    return place.as_text || (place.path.empty() && place.column->kind == Kind::text);
}

}  // namespace

std::vector<Tree> DraftMaker::conditions(const Level& level) {
    std::vector<Tree> trees;
    const std::size_t count = m_dice.chance(45) ? 0 : m_dice.between(1, 3);
    for (std::size_t i = 0; i < count; ++i) {
        const bool group = m_dice.chance(30);
        trees.push_back(group ? tree(level, 0) : Tree{.test = test(level)});
    }
    return trees;
}

Tree DraftMaker::tree(const Level& level, int depth) {
    Tree tree{.negated = m_dice.chance(25), .any = m_dice.chance(60)};
    const std::size_t count = m_dice.between(1, 3);
    for (std::size_t i = 0; i < count; ++i) {
        const bool group = depth < tree_depth_max && m_dice.chance(25);
        tree.children.push_back(group ? this->tree(level, depth + 1) : Tree{.test = test(level)});
    }
    return tree;
}

Test DraftMaker::test(const Level& level) {
    for (const Item& item : level.items) {
        const bool usable = item.embed && !level.table->find(item.embed->name());
        if (!usable || !m_dice.chance(20)) continue;
        Test test{.embed = item.embed->name(), .negated = m_dice.chance(40), .op = "is"};
        test.operands = {m_dice.chance(50) ? "null" : "not_null"};
        return test;
    }
    return test_of(*level.table, place(*level.table));
}

Test DraftMaker::test_of(const Table& table, Place place) {
    Test test;
    test.place = std::move(place);
    test.op = m_dice.pick(operators_of(test.place));
    test.negated = m_dice.chance(20);
    if (test.op == "is") {
        test.operands = {m_dice.chance(50) ? "null" : "not_null"};
        const bool boolean = test.place.path.empty() && test.place.column->kind == Kind::boolean;
        static const std::vector<std::string> words = {"true", "false", "unknown"};
        if (boolean && m_dice.chance(60)) test.operands = {m_dice.pick(words)};
        return test;
    }
    static const std::vector<std::string> quantified = {"eq",   "gt",    "gte",   "lt",    "lte",
                                                        "like", "ilike", "match", "imatch"};
    const bool scalar =
        is_text(test.place) || (test.place.path.empty() && test.place.column->kind != Kind::json &&
                                test.place.column->kind != Kind::texts);
    const bool may_quantify = std::ranges::find(quantified, test.op) != quantified.end();
    if (may_quantify && scalar && m_dice.chance(12)) {
        test.quantifier = m_dice.chance(50) ? Quantifier::any : Quantifier::all;
    }
    const bool list = test.op == "in" || test.quantifier != Quantifier::none;
    const std::size_t count = list ? m_dice.below(5) : 1;
    for (std::size_t i = 0; i < count; ++i) {
        test.operands.push_back(operand(table, test.place, test.op));
    }
    // in.("") is in.(): no items.
    if (test.op == "in" && count == 1 && test.operands.front().empty()) test.operands.clear();
    return test;
}

std::vector<std::string> DraftMaker::operators_of(const Place& place) {
    if (is_text(place)) {
        return {"eq", "neq",  "gt",    "gte",   "lt",     "lte",       "in",
                "is", "like", "ilike", "match", "imatch", "isdistinct"};
    }
    if (!place.path.empty()) return {"eq", "neq", "is", "isdistinct"};
    switch (place.column->kind) {
        case Kind::json: return {"eq", "neq", "is", "cs", "cd", "isdistinct"};
        case Kind::texts: return {"eq", "is", "cs", "cd", "ov"};
        default: return {"eq", "neq", "gt", "gte", "lt", "lte", "in", "is", "isdistinct"};
    }
}

std::string DraftMaker::sample(const Table& table, const Column& column) {
    const Rows& rows = m_world.rows(table.name);
    json::value value = nullptr;
    if (!rows.empty()) value = cell(m_dice.pick(rows), column.name);
    switch (column.kind) {
        case Kind::boolean: return m_dice.chance(50) ? "true" : "false";
        case Kind::json: return value.is_null() ? "{}" : json::serialize(value);
        case Kind::texts: return value.is_null() ? "{}" : array_literal(value.get_array());
        case Kind::uuid:
            if (value.is_null()) return "00000000-0000-4000-8000-000000000000";
            break;
        case Kind::time:
            if (value.is_null()) return "2026-06-15T12:00:00Z";
            break;
        case Kind::text:
            if (value.is_null()) return "none";
            break;
    }
    return std::string(value.as_string());
}

std::string DraftMaker::pattern(std::string text, const std::string& op) {
    const bool like = op == "like" || op == "ilike";
    if (!like) {
        static const std::vector<std::string> parts = {"zq", "zqd1", "mac", "Q", "7", "laptop"};
        return (m_dice.chance(40) ? "^" : "") + m_dice.pick(parts) + (m_dice.chance(20) ? "$" : "");
    }
    // A backslash at the end escapes nothing, and is refused.
    std::erase(text, '\\');
    switch (m_dice.below(6)) {
        case 0: return text;
        case 1: return text.substr(0, 5) + "*";
        case 2: return "%" + text.substr(0, 3) + "%";
        case 3: return "*" + std::string(text.size() > 2 ? "q" : "") + "*";
        case 4: return "zq_*";
        default: return "%\\_%";
    }
}

std::string DraftMaker::operand(const Table& table, const Place& place, const std::string& op) {
    if (!place.path.empty() && !place.as_text) {
        static const std::vector<std::string> values = {
            "\"zqm3q\"", "1", "true", "null", "[1,2]", "\"v\"", "{\"k\":\"v\"}"};
        return m_dice.pick(values);
    }
    std::string text;
    if (place.as_text) {
        static const std::vector<std::string> values = {"zqm3q", "zqe7q", "1",    "true", "v",
                                                        "3",     "",      "null", "Linux"};
        text = m_dice.pick(values);
    } else if (place.column->kind == Kind::json && op != "eq" && m_dice.chance(70)) {
        static const std::vector<std::string> values = {
            "{}",
            R"({"online":true})",
            R"({"tags":["tag:prod"]})",
            R"({"count":1})",
            R"({"deep":{"list":[{"k":"v"}]}})",
            R"({"online":true,"count":2,"mark":"zqm1q","group":"Linux"})"};
        return m_dice.pick(values);
    } else {
        text = sample(table, *place.column);
    }
    const bool is_pattern = op.ends_with("like") || op.ends_with("match");
    return is_pattern ? pattern(text, op) : text;
}

}  // namespace muster::differential
