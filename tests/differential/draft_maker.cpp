// Levels, fields, embeds, order and pages; conditions are in condition_maker.cpp.
// SPDX-License-Identifier: Apache-2.0
#include "differential/draft_maker.hpp"

#include <algorithm>

namespace muster::differential {

namespace {

constexpr int depth_max = 3;

bool is_sortable(const Column& column) {
    return column.kind != Kind::json && column.kind != Kind::texts;
}

}  // namespace

Level DraftMaker::draft(const Table& table) {
    std::set<std::string> names;
    return level(table, 0, names);
}

std::vector<Tree> DraftMaker::filters(const Table& table) {
    Level level;
    level.table = &table;
    return conditions(level);
}

/// `names`: of the row's members so far; a spread shares those of its parent.
Level DraftMaker::level(const Table& table, int depth, std::set<std::string>& names) {
    Level level;
    level.table = &table;
    const bool all = depth == 0 ? m_dice.chance(20) : m_dice.chance(5);
    const std::size_t count = all ? 0 : m_dice.between(1, 5);
    if (depth > 0 && count == 0) level.items.push_back({.star = true});
    const bool whole = m_dice.chance(15);
    if (whole && names.empty() && count > 0) {
        level.items.push_back({.star = true});
        for (const Column& column : table.columns) names.insert(std::string(column.name));
    }
    for (std::size_t i = 0; i < count; ++i) level.items.push_back(item(level, depth, names));
    level.where = conditions(level);
    level.order = order(level);
    page(level);
    return level;
}

Item DraftMaker::item(const Level& level, int depth, std::set<std::string>& names) {
    const bool embeds = depth < depth_max && m_dice.chance(depth == 0 ? 30 : 20);
    if (!embeds || links_from(level.table->name).empty()) {
        // In an embed, PostgREST reads an index before the closing parenthesis as a key.
        const auto ends_in_index = [](const Item& item) {
            const auto& path = item.place.path;
            return !path.empty() && std::holds_alternative<int>(path.back());
        };
        Item item = field(*level.table, names);
        while (depth > 0 && ends_in_index(item)) item = field(*level.table, names);
        return item;
    }
    Item item;
    item.embed = embed(*level.table, depth, names);
    return item;
}

Item DraftMaker::field(const Table& table, std::set<std::string>& names) {
    Item item{.place = place(table)};
    const Kind kind = item.place.column->kind;
    if (item.place.path.empty() && m_dice.chance(15)) {
        if (kind == Kind::time) item.cast = m_dice.chance(50) ? "text" : "date";
        if (kind == Kind::uuid || kind == Kind::text || kind == Kind::boolean) item.cast = "text";
    }
    const std::string own = member_name(item);
    std::string wanted = own;
    if (m_dice.chance(20)) wanted = m_dice.chance(30) ? "my name" : "alias";
    wanted = fresh(wanted, names);
    if (wanted != own) item.alias = wanted;
    return item;
}

std::string DraftMaker::fresh(const std::string& wanted, std::set<std::string>& names) {
    std::string name = wanted;
    for (int i = 1; !names.insert(name).second; ++i) name = "n" + std::to_string(i);
    return name;
}

std::shared_ptr<Embed> DraftMaker::embed(const Table& table, int depth,
                                         std::set<std::string>& names) {
    auto embed = std::make_shared<Embed>();
    embed->link = m_dice.pick(links_from(table.name));
    const Table& target = *find_table(embed->link.to);
    embed->inner = m_dice.chance(30);
    embed->spread = embed->link.to_one && m_dice.chance(25);
    name(*embed, names);
    if (!embed->alias.empty()) embed->spread = false;  // a spread has none
    std::set<std::string> own;
    embed->level = level(target, depth + 1, embed->spread ? names : own);
    Level& inside = embed->level;
    if (embed->spread || embed->link.to_one) {
        inside.order.clear();
        inside.limit.reset();
        inside.offset.reset();
    }
    // A spread's members must not meet its parent's: each has a name of its own.
    if (embed->spread) std::erase_if(inside.items, [](const Item& item) { return item.star; });
    if (embed->spread && inside.items.empty()) {
        inside.items.push_back(item(inside, depth_max, names));
    }
    if (!embed->spread && m_dice.chance(8)) inside.items.clear();
    const auto is_selected = [&](const std::string& wanted) {
        return wanted.empty() || std::ranges::any_of(inside.items, [&](const Item& item) {
                   return item.embed && item.embed->name() == wanted;
               });
    };
    // Without its items there are no embeds to speak of.
    if (inside.items.empty()) {
        inside.where = filters(target);
        std::erase_if(inside.order, [&](const Term& term) { return !is_selected(term.embed); });
    }
    return embed;
}

/// By the table, the key or the column; with a hint or without; under an alias or not.
void DraftMaker::name(Embed& embed, std::set<std::string>& names) {
    embed.target = embed.link.to;
    const auto way = m_dice.below(6);
    if (way == 0) embed.target = embed.link.key;
    if (way == 1 && embed.link.to_one) embed.target = embed.link.from_column;
    if (way == 2) embed.hint = embed.link.key;
    if (way == 3) embed.hint = embed.link.to_one ? embed.link.from_column : embed.link.to_column;
    std::string wanted = embed.target;
    // A parameter that begins with a column's name is a filter on it.
    const bool is_column = embed.target == embed.link.from_column;
    if (is_column || m_dice.chance(25)) wanted = "e" + std::to_string(m_dice.below(9));
    wanted = fresh(wanted, names);
    if (wanted != embed.target) embed.alias = wanted;
}

Place DraftMaker::place(const Table& table) {
    const Column& column = m_dice.pick(table.columns);
    if (column.kind == Kind::json && m_dice.chance(75)) return json_place(column);
    return {&column};
}

Place DraftMaker::json_place(const Column& column) {
    using Path = std::vector<std::variant<std::string, int>>;
    static const std::vector<Path> paths = {
        {"mark"},
        {"count"},
        {"online"},
        {"tags", 0},
        {"tags", -1},
        {"tags", 7},
        {"deep", "a b"},
        {"deep", "list", 2, "k"},
        {"nothing"},
        {"group"},
        {"say \"hi\""},
        {"absent"},
        {"mark", "not"},
        {"deep", "list", 0},
        {"deep", "list", "1"},
        {"tags", 1},
    };
    static const std::vector<Path> wholes = {{"deep"}, {"tags"}, {"deep", "list"}};
    Place place{&column, m_dice.pick(paths), m_dice.chance(60)};
    if (m_dice.chance(15)) place = {&column, m_dice.pick(wholes), false};
    return place;
}

std::vector<Term> DraftMaker::order(const Level& level) {
    std::vector<Term> terms;
    const Table& table = *level.table;
    const std::size_t count = m_dice.below(3);
    for (std::size_t i = 0; i < count; ++i) {
        Term term;
        for (const Item& item : level.items) {
            const bool usable = item.embed && item.embed->link.to_one && !item.embed->spread;
            if (usable && m_dice.chance(40)) term.embed = item.embed->name();
            if (!term.embed.empty()) {
                term.place = {&m_dice.pick(item.embed->level.table->columns)};
                break;
            }
        }
        if (term.embed.empty()) term.place = place(table);
        const bool text =
            term.place.as_text || (term.place.path.empty() && is_sortable(*term.place.column));
        if (!text) continue;
        if (m_dice.chance(70)) term.direction = m_dice.chance(50) ? "asc" : "desc";
        if (m_dice.chance(30)) term.nulls = m_dice.chance(50) ? "nullsfirst" : "nullslast";
        terms.push_back(std::move(term));
    }
    // The last word, so that there is one right order.
    Term last{.place = {table.find("id")}};
    if (m_dice.chance(30)) last.direction = "desc";
    terms.push_back(std::move(last));
    return terms;
}

void DraftMaker::page(Level& level) {
    if (m_dice.chance(25)) level.limit = static_cast<std::int64_t>(m_dice.below(12));
    if (m_dice.chance(15)) level.offset = static_cast<std::int64_t>(m_dice.below(10));
}

}  // namespace muster::differential
