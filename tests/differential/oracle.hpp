// Answers drafted reads from a copy of the database: row by row, with no index, no SQL and nothing
// of src/rest. What it says is compared with what the table API says.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "differential/drafts.hpp"
#include "differential/roster_model.hpp"

namespace muster::differential {

/// SQL's third truth value is empty.
using Truth = std::optional<bool>;

/// What the place holds for this asker: text, boolean, JSON; nothing for SQL's null. A JSON null
/// is a value.
std::optional<json::value> read_place(const Asker& asker, const Place& place, const Row& row);
Truth test_value(const std::optional<json::value>& value, const Place& place, const Test& test);

/// A time as the table API writes it, from the form that is stored.
std::string json_time(std::string stored);

class Oracle {
public:
    /// Both must outlive it.
    Oracle(const World& world, const Asker& asker) : m_world(world), m_asker(asker) {}

    struct Answer {
        std::int64_t total = 0;  ///< rows before limit and offset
        json::array rows = {};
    };
    Answer read(const Level& level) const;
    /// The visible rows that the level's filters and !inner embeds let through.
    std::vector<const Row*> matching(const Level& level) const;
    bool passes(const Level& level, const Row& row) const;
    bool sees(const Table& table, const Row& row) const;

private:
    Truth judge(const Tree& tree, const Level& level, const Row& row) const;
    std::vector<const Row*> related(const Embed& embed, const Row& row) const;
    void sort(const Level& level, std::vector<const Row*>& rows) const;
    int compare(const Term& term, const Level& level, const Row& a, const Row& b) const;
    std::optional<json::value> sort_key(const Term& term, const Level& level, const Row& row) const;
    json::object project(const Level& level, const Row* row) const;
    void add_embed(const Embed& embed, const Row* row, json::object& members) const;
    void add_item(const Level& level, const Item& item, const Row* row,
                  json::object& members) const;

    const World& m_world;
    const Asker& m_asker;
};

}  // namespace muster::differential
