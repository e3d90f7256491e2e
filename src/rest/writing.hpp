// POST, PATCH, DELETE: rows are written under row-level security, or nothing is.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "rest/reading.hpp"

namespace muster::rest {

enum class Conflict { refuse, merge, ignore };

struct WriteOptions {
    bool representation = false;  ///< the rows come back
    bool key = false;             ///< the key of the one row that was inserted does
    std::optional<std::int64_t> affected_max = {};
    bool single = false;  ///< exactly one row, or nothing is written
    store::NullMembers nulls = store::NullMembers::kept;
};

struct Insertion {
    std::vector<std::string> columns;  ///< that are written; a row's other members are ignored
    const boost::json::array& rows;    ///< objects
    bool default_for_missing = false;  ///< an absent member: the column's default instead of null
    Conflict conflict = Conflict::refuse;
};

/// The primary key's columns and their values.
using RowKey = std::vector<std::pair<std::string, std::string>>;

struct Written {
    std::int64_t affected = 0;
    std::int64_t inserted = 0;
    Found found = {};  ///< with representation only
    RowKey key = {};   ///< if it was asked for: for Location
};

/// All three must run in a transaction of their own that is undone when they fail. They run as its
/// actor, whose role must be the access's. Fail: 42501, 22P02 and its like, 23502, 23503, 23505,
/// 23514, 42P10, PGRST204, PGRST116 (single), PGRST124 (affected_max), and what selection.hpp
/// lists.
Result<Written> insert_rows(store::Transaction& transaction, const Access& access,
                            const Relation& relation, const Query& query,
                            const Insertion& insertion, const WriteOptions& options);
/// `columns`: as Insertion's; members of `changes` that they do not name are ignored.
Result<Written> update_rows(store::Transaction& transaction, const Access& access,
                            const Relation& relation, const Query& query,
                            const std::vector<std::string>& columns,
                            const boost::json::object& changes, const WriteOptions& options);
Result<Written> delete_rows(store::Transaction& transaction, const Access& access,
                            const Relation& relation, const Query& query,
                            const WriteOptions& options);

}  // namespace muster::rest
