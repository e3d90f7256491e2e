// The tables that the table API shows, and a copy of the whole database in memory: what the oracle
// reasons about. Written from the contract, not from the catalog that it checks.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace muster::differential {

namespace json = boost::json;

enum class Kind { text, uuid, boolean, time, json, texts };

enum class Secret { none, sealed, digest };

struct Column {
    std::string_view name;
    Kind kind = Kind::text;
    bool nullable = false;
    Secret secret = Secret::none;
};

struct Table {
    std::string_view name;
    std::vector<Column> columns;

    const Column* find(std::string_view name) const;
};

/// A foreign key, from either of its ends.
struct Link {
    std::string_view from;
    std::string_view to;
    bool to_one = false;
    std::string_view from_column;
    std::string_view to_column;
    std::string_view key;
};

const std::vector<Table>& exposed_tables();
const Table* find_table(std::string_view name);
std::vector<Link> links_from(std::string_view table);

/// Text, uuid and time as the database has them, booleans, JSON and arrays as JSON; a sealed secret
/// is opened. Every table of the database has its rows, those that no request may see too.
using Row = json::object;
inline constexpr std::string_view row_number = "#rowid";  ///< survives a change of the id
using Rows = std::vector<Row>;
struct World {
    std::map<std::string, Rows, std::less<>> tables;
    std::set<std::string> stored_secrets;  ///< sealed texts and digests: nobody is told them

    const Rows& rows(std::string_view table) const;
    const Row* find(std::string_view table, std::string_view column,
                    const json::value& value) const;
};

/// "" for null and for what is no text.
std::string text_of(const Row& row, std::string_view column);
const json::value& cell(const Row& row, std::string_view column);

/// Who asks. A rejected one has a credential that must not be believed.
struct Asker {
    enum class Kind { anonymous, service, user, rejected };
    std::string name;
    Kind kind = Kind::user;
    std::string id = {};
    std::string token = {};
};

}  // namespace muster::differential
