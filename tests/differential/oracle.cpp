// Levels, embeds, order and pages.
// SPDX-License-Identifier: Apache-2.0
#include "differential/oracle.hpp"

#include <algorithm>
#include <list>
#include <utility>

#include "differential/rights.hpp"

namespace muster::differential {

namespace {

const Embed* find_embed(const Level& level, const std::string& name) {
    for (const Item& item : level.items) {
        if (item.embed && item.embed->name() == name) return item.embed.get();
    }
    return nullptr;
}

/// limit and offset of the rows that were found.
template <class List>
void cut(const Level& level, List& rows) {
    const auto count = static_cast<std::int64_t>(rows.size());
    const std::int64_t first = std::min(level.offset.value_or(0), count);
    const std::int64_t left = count - first;
    const std::int64_t kept = std::min(level.limit.value_or(left), left);
    rows.erase(rows.begin(), rows.begin() + first);
    rows.erase(rows.begin() + kept, rows.end());
}

/// What a value is when it is cast, or as the API writes it.
json::value rendered(const std::optional<json::value>& value, const Place& place,
                     const std::string& cast) {
    if (!value) return nullptr;
    if (!place.path.empty()) return *value;
    if (place.column->kind == Kind::time) {
        const std::string stored(value->get_string());
        if (cast == "date") return json::string(stored.substr(0, 10));
        std::string text = json_time(stored);
        if (cast.empty()) return json::string(text);
        text[10] = ' ';
        return json::string(text.substr(0, text.size() - 3));
    }
    if (cast == "text" && value->is_bool()) {
        return json::string(value->get_bool() ? "true" : "false");
    }
    return *value;
}

}  // namespace

std::string json_time(std::string stored) {
    const auto dot = stored.find('.');
    if (dot == std::string::npos) return stored;
    std::string fraction = stored.substr(dot + 1, 6);
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    return stored.substr(0, dot) + (fraction.empty() ? "" : "." + fraction) + "+00:00";
}

Oracle::Answer Oracle::read(const Level& level) const {
    auto rows = matching(level);
    Answer answer;
    answer.total = static_cast<std::int64_t>(rows.size());
    sort(level, rows);
    cut(level, rows);
    for (const Row* row : rows) answer.rows.emplace_back(project(level, row));
    return answer;
}

std::vector<const Row*> Oracle::matching(const Level& level) const {
    std::vector<const Row*> rows;
    for (const Row& row : m_world.rows(level.table->name)) {
        if (sees(*level.table, row) && passes(level, row)) rows.push_back(&row);
    }
    return rows;
}

bool Oracle::sees(const Table& table, const Row& row) const {
    return may_see(m_world, m_asker, table.name, row);
}

bool Oracle::passes(const Level& level, const Row& row) const {
    for (const Tree& tree : level.where) {
        if (judge(tree, level, row) != Truth(true)) return false;
    }
    return std::ranges::all_of(level.items, [&](const Item& item) {
        return !item.embed || !item.embed->inner || !related(*item.embed, row).empty();
    });
}

Truth Oracle::judge(const Tree& tree, const Level& level, const Row& row) const {
    if (tree.test && !tree.test->embed.empty()) {
        const bool there = !related(*find_embed(level, tree.test->embed), row).empty();
        const bool wanted = (tree.test->operands.front() == "not_null") != tree.test->negated;
        return there == wanted;
    }
    if (tree.test) {
        return test_value(read_place(m_asker, tree.test->place, row), tree.test->place, *tree.test);
    }
    Truth result = !tree.any;
    for (const Tree& child : tree.children) {
        const Truth one = judge(child, level, row);
        if (one == Truth(tree.any)) {
            result = tree.any;
            break;
        }
        if (!one) result = std::nullopt;
    }
    if (tree.negated && result) return !*result;
    return result;
}

/// The rows of the embed's table that belong to `row`, that the asker sees and its filters let by.
std::vector<const Row*> Oracle::related(const Embed& embed, const Row& row) const {
    std::vector<const Row*> rows;
    const json::value& wanted = cell(row, embed.link.from_column);
    if (wanted.is_null()) return rows;
    for (const Row& other : m_world.rows(embed.link.to)) {
        if (cell(other, embed.link.to_column) != wanted) continue;
        if (sees(*embed.level.table, other) && passes(embed.level, other)) rows.push_back(&other);
    }
    return rows;
}

std::optional<json::value> Oracle::sort_key(const Term& term, const Level& level,
                                            const Row& row) const {
    if (term.embed.empty()) return read_place(m_asker, term.place, row);
    const auto parents = related(*find_embed(level, term.embed), row);
    if (parents.empty()) return std::nullopt;
    return read_place(m_asker, term.place, *parents.front());
}

int Oracle::compare(const Term& term, const Level& level, const Row& a, const Row& b) const {
    const auto left = sort_key(term, level, a);
    const auto right = sort_key(term, level, b);
    const bool descending = term.direction == "desc";
    if (!left || !right) {
        const bool first = term.nulls.empty() ? descending : term.nulls == "nullsfirst";
        const int order = static_cast<int>(!right) - static_cast<int>(!left);
        return first ? order : -order;
    }
    int order = 0;
    if (left->is_bool()) {
        order = static_cast<int>(left->get_bool()) - static_cast<int>(right->get_bool());
    } else {
        order = left->as_string().compare(right->as_string());
    }
    return descending ? -order : order;
}

void Oracle::sort(const Level& level, std::vector<const Row*>& rows) const {
    std::list<const Row*> sorted(rows.begin(), rows.end());
    sorted.sort([&](const Row* a, const Row* b) {
        for (const Term& term : level.order) {
            const int order = compare(term, level, *a, *b);
            if (order != 0) return order < 0;
        }
        return false;
    });
    rows.assign(sorted.begin(), sorted.end());
}

/// Without a row: a spread of nobody, all null.
json::object Oracle::project(const Level& level, const Row* row) const {
    json::object members;
    for (const Item& item : level.items) add_item(level, item, row, members);
    if (level.items.empty()) add_item(level, Item{.star = true}, row, members);
    return members;
}

void Oracle::add_item(const Level& level, const Item& item, const Row* row,
                      json::object& members) const {
    if (item.embed) {
        add_embed(*item.embed, row, members);
        return;
    }
    if (item.star) {
        for (const Column& column : level.table->columns) {
            const Place place{&column};
            const auto value = row ? read_place(m_asker, place, *row) : std::nullopt;
            members[column.name] = rendered(value, place, "");
        }
        return;
    }
    const auto value = row ? read_place(m_asker, item.place, *row) : std::nullopt;
    members[member_name(item)] = rendered(value, item.place, item.cast);
}

void Oracle::add_embed(const Embed& embed, const Row* row, json::object& members) const {
    auto rows = row ? related(embed, *row) : std::vector<const Row*>();
    if (embed.spread) {
        const Row* const parent = rows.empty() ? nullptr : rows.front();
        for (auto& [name, value] : project(embed.level, parent)) members[name] = value;
        return;
    }
    if (embed.level.items.empty()) return;
    if (embed.link.to_one) {
        members[embed.name()] =
            rows.empty() ? json::value(nullptr) : json::value(project(embed.level, rows.front()));
        return;
    }
    sort(embed.level, rows);
    cut(embed.level, rows);
    json::array list;
    for (const Row* one : rows) list.emplace_back(project(embed.level, one));
    members[embed.name()] = row ? json::value(std::move(list)) : json::value(nullptr);
}

}  // namespace muster::differential
