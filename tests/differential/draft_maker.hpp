// Draws drafts that are valid and that the oracle can answer, with operands from the database's own
// values, also from rows that the asker may not see.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "differential/dice.hpp"
#include "differential/drafts.hpp"

namespace muster::differential {

class DraftMaker {
public:
    /// Both must outlive it.
    DraftMaker(Dice& dice, const World& world) : m_dice(dice), m_world(world) {}

    Level draft(const Table& table);
    /// Conditions on the table's own columns.
    std::vector<Tree> filters(const Table& table);
    /// A value of the column as a request would write it, of a random row.
    std::string sample(const Table& table, const Column& column);

private:
    Level level(const Table& table, int depth, std::set<std::string>& names);
    Item item(const Level& level, int depth, std::set<std::string>& names);
    Item field(const Table& table, std::set<std::string>& names);
    std::shared_ptr<Embed> embed(const Table& table, int depth, std::set<std::string>& names);
    void name(Embed& embed, std::set<std::string>& names);
    std::vector<Tree> conditions(const Level& level);
    Tree tree(const Level& level, int depth);
    Test test(const Level& level);
    Test test_of(const Table& table, Place place);
    std::vector<std::string> operators_of(const Place& place);
    std::string operand(const Table& table, const Place& place, const std::string& op);
    std::string pattern(std::string text, const std::string& op);
    Place place(const Table& table);
    Place json_place(const Column& column);
    void page(Level& level);
    std::vector<Term> order(const Level& level);
    std::string fresh(const std::string& wanted, std::set<std::string>& names);

    Dice& m_dice;
    const World& m_world;
};

}  // namespace muster::differential
