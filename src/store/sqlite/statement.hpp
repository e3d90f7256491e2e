// Prepared statements: bind, run, read rows; and the bounded cache that each connection keeps.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/transaction.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace muster::store::sqlite {

/// One compiled statement with parameters $1...$n. Not re-entrant.
class Statement {
public:
    /// Throws StoreError: bad SQL, more than one statement, parameters that are not $1...$n.
    Statement(sqlite3* connection, std::string_view sql);

    /// Runs a statement that returns no rows; the number of rows changed. Throws
    /// ConstraintViolation; StoreError, also for a wrong number of parameters or a row.
    std::int64_t execute(std::span<const Parameter> parameters);
    /// Throws as execute().
    std::vector<Row> query(std::span<const Parameter> parameters);
    /// The rows one after the other, for results that no memory should hold. Throws as execute(),
    /// and what `use` throws.
    void each(std::span<const Parameter> parameters, const std::function<void(Row)>& use);

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    class Run;

    void number_parameters();
    void bind(std::span<const Parameter> parameters);

    sqlite3* m_connection;
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    std::vector<int> m_indexes;  ///< SQLite's number of $1, $2, ...: it counts by first appearance
};

/// The statements of one connection by their text, the least recently used one leaves first.
class StatementCache {
public:
    static constexpr std::size_t statements_max = 256;

    explicit StatementCache(sqlite3* connection) : m_connection(connection) {}
    /// Valid until the next call. Throws as Statement's constructor.
    Statement& get(std::string_view sql);
    std::size_t size() const { return m_recent.size(); }

private:
    struct Entry {
        std::string sql;
        Statement statement;
    };
    sqlite3* m_connection;
    std::list<Entry> m_recent;  ///< most recent first
    /// The keys are views of the entries' own texts.
    std::unordered_map<std::string_view, std::list<Entry>::iterator> m_by_sql;
};

}  // namespace muster::store::sqlite
