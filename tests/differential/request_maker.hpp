// Draws requests: drafted ones that the oracle answers completely, and broken, wild and mutated
// ones of which it knows only what they must not do.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "differential/dice.hpp"
#include "differential/draft_maker.hpp"
#include "differential/drafts.hpp"
#include "differential/roster_server.hpp"

namespace muster::differential {

enum class Shape { array, object, csv };

/// A read that the oracle answers completely.
struct DraftedRead {
    Level level;
    bool counts = false;
    Shape shape = Shape::array;
    bool strips_nulls = false;
    bool has_body = true;  ///< GET, not HEAD
};

/// A change or deletion of which the oracle knows what must become of each row.
struct DraftedWrite {
    Level chosen;              ///< its filters
    json::object values = {};  ///< of columns that whoever may touch a row may set; DELETE: none
    bool deletes = false;
    bool reads = false;  ///< filters, or shows the rows
};

struct Request {
    Call call;
    std::string table;
    std::optional<DraftedRead> read = {};
    std::optional<DraftedWrite> write = {};
};

class RequestMaker {
public:
    /// All must outlive it.
    RequestMaker(Dice& dice, const World& world, const std::vector<Asker>& askers)
        : m_dice(dice), m_world(world), m_drafts(dice, world), m_askers(askers) {}

    Request make();

private:
    Request make_read(Request request);
    Request make_wild(Request request);
    std::string deep_select(std::string_view table, std::size_t depth);
    Request make_insert(Request request);
    Request make_update(Request request);
    /// One row, one column that is guarded: where the walls are.
    Request make_temptation(Request request);
    std::string own_row(const Request& request);
    Request make_delete(Request request);
    Request make_put(Request request);
    Request make_other(Request request);
    void add_preferences(Request& request);
    void prefer(Request& request, const std::string& preference);
    void add_accept(Request& request, DraftedRead& read);
    void add_range(Request& request, DraftedRead& read);
    void address(Request& request, const Parameters& parameters);
    void mutate(Request& request);
    void mutate_text(std::string& text);
    json::object row(const Table& table);
    json::value value(const Table& table, const Column& column);
    void write_body(Request& request, const json::array& rows);

    Dice& m_dice;
    const World& m_world;
    DraftMaker m_drafts;
    const std::vector<Asker>& m_askers;
};

}  // namespace muster::differential
