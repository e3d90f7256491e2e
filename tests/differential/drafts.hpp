// A request to read or to choose rows, as a tree that the oracle can evaluate and that is written
// as a query string. Only what is drafted is evaluated; mutations happen to the text afterwards.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "differential/roster_model.hpp"

namespace muster::differential {

/// A column, or what a JSON column has at a path.
struct Place {
    const Column* column = nullptr;
    std::vector<std::variant<std::string, int>> path = {};
    bool as_text = false;  ///< the last arrow is ->>
};

enum class Quantifier { none, any, all };

/// A test of a place; with `embed`, whether the embed of that name has rows.
struct Test {
    std::string embed = {};
    Place place = {};
    bool negated = false;
    std::string op = {};
    Quantifier quantifier = Quantifier::none;
    std::vector<std::string> operands = {};  ///< one, but for in, any and all
};

struct Tree {
    std::optional<Test> test = {};  ///< else a group of children
    bool negated = false;
    bool any = false;
    std::vector<Tree> children = {};
};

struct Term {
    std::string embed = {};  ///< orders parents by a to-one embed's column
    Place place;
    std::string direction = {};  ///< "", "asc", "desc"
    std::string nulls = {};      ///< "", "nullsfirst", "nullslast"
};

struct Embed;
struct Item {
    Place place = {};
    std::string alias = {};
    std::string cast = {};
    std::shared_ptr<Embed> embed = {};
    bool star = false;
};

struct Level {
    const Table* table = nullptr;
    std::vector<Item> items = {};  ///< none: no select=, all columns
    std::vector<Tree> where = {};
    std::vector<Term> order = {};
    std::optional<std::int64_t> limit = {};
    std::optional<std::int64_t> offset = {};
};

struct Embed {
    Link link;
    std::string target;  ///< as written: the table, the key, or the column
    std::string alias = {};
    std::string hint = {};
    bool inner = false;
    bool spread = false;
    Level level = {};

    const std::string& name() const { return alias.empty() ? target : alias; }
};

/// The name of the member that the item makes.
std::string member_name(const Item& item);

using Parameters = std::vector<std::pair<std::string, std::string>>;
/// select=, filters, order=, limit=, offset= of the level and its embeds.
Parameters write_parameters(const Level& level);
/// Only what chooses rows: for PATCH and DELETE.
Parameters write_filters(const Level& level);
std::string write_query(const Parameters& parameters);

}  // namespace muster::differential
