// A table API request as a typed tree: what parser.cpp makes of the query string, and what plan.cpp
// resolves against the catalog. Holds names as the client wrote them; nothing here is checked
// against a table yet.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace muster::rest {

/// One arrow of a JSON path: ->key, ->>key, ->0.
struct JsonStep {
    std::variant<std::string, std::int64_t> key;
    bool as_text = false;  ///< ->>
};

/// A column, or something inside a JSON column.
struct Field {
    std::string column;
    std::vector<JsonStep> path = {};
};

enum class Operator {
    eq,
    neq,
    gt,
    gte,
    lt,
    lte,
    like,
    ilike,
    match,
    imatch,
    in,
    is,
    isdistinct,
    cs,
    cd,
    ov,
    sl,
    sr,
    nxl,
    nxr,
    adj,
    fts,
    plfts,
    phfts,
    wfts,
};
enum class Quantifier { none, any, all };

/// `status=not.in.(a,b)`. On an embed's name, `is` asks whether there is one.
struct Condition {
    Field field;
    bool negated = false;
    Operator op = Operator::eq;
    Quantifier quantifier = Quantifier::none;
    std::string operand = {};            ///< is: lower-cased: null, not_null, true, false, unknown
    std::vector<std::string> list = {};  ///< in.(...), and any/all's {...}
    std::optional<std::string> language = {};  ///< fts(english)
};

/// and=(...), or=(...). A level's own conditions are one such group, joined by `all`.
struct Logic {
    enum class Join { all, any };
    bool negated = false;
    Join join = Join::all;
    std::vector<std::variant<Condition, Logic>> children = {};
};

/// `last_seen.desc.nullslast`, `organizations(name).asc`.
struct OrderTerm {
    std::optional<std::string> embed = {};  ///< orders parents by a column of this to-one embed
    Field field;
    bool descending = false;
    std::optional<bool> nulls_first = {};  ///< absent: PostgreSQL's default, first when descending
};

enum class Aggregate { none, sum, avg, count, max, min };

/// `alias:name->path::cast`. Aggregates are parsed so that they can be refused (PGRST123).
struct SelectField {
    Field field;  ///< column "*": all of them
    std::string alias = {};
    std::string cast = {};
    Aggregate aggregate = Aggregate::none;
};

struct Embed;
/// One relation's share of a request: the target of the URL, or an embed.
struct Level {
    // No initializer: clang would need the whole Embed for it, which holds a Level.
    std::vector<std::variant<SelectField, Embed>> select;
    Logic where = {};
    std::vector<OrderTerm> order = {};
    std::optional<std::int64_t> limit = {};
    std::int64_t offset = 0;
};

/// `alias:target!hint!inner(...)`, `...target(...)`.
struct Embed {
    std::string target;
    std::string alias = {};  ///< empty: the target's name is the member's
    std::string hint = {};
    bool inner = false;
    bool spread = false;
    Level level = {};  ///< an empty select is a filter-only embed: contributes nothing to the row
};

/// The whole query string. `level.select` without any select= is one "*".
struct Query {
    Level level;
    std::vector<std::string> columns = {};  ///< columns=; see has_columns
    bool has_columns = false;
    std::vector<std::string> on_conflict = {};  ///< on_conflict=; empty: the primary key
};

}  // namespace muster::rest
