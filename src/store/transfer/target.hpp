// The PostgreSQL database that is moved into, and the record there of how far the move is. What is
// written to both is written in one transaction.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "store/postgres/copy.hpp"
#include "store/transfer/catalogs.hpp"

namespace muster::store::transfer {

/// What the target remembers of a table: the first rows of the source, in the order of its key.
struct Progress {
    std::int64_t rows = 0;
    std::string checksum;  ///< of those
};

struct Record {
    std::string source;  ///< Source::identity() of the move that was begun here
    bool is_finished = false;
    std::map<std::string, Progress, std::less<>> tables = {};
};

class Target {
public:
    /// Applies missing migrations, then waits a while for another move that is at work here. The
    /// role must own the tables. Throws StoreError.
    explicit Target(const std::string& database);

    postgres::Connection& connection() { return m_connection; }

    /// Empty: no move was ever begun.
    std::optional<Record> read_record();
    /// Begins the move. Throws StoreError, naming the tables: there are rows already.
    void begin(std::span<const MovedTable> tables, const std::string& source);
    /// Takes out all that the unfinished move brought in, and its record with `forget`.
    void empty(std::span<const MovedTable> tables, bool forget);
    /// Only then do servers start here. Numbers that the database gives out go on behind the rows.
    void finish(std::span<const MovedTable> tables);

    /// All rows as they are stored, in no order; of one snapshot between begin_reading and
    /// end_reading.
    void begin_reading();
    void each(const MovedTable& table, const std::function<void(std::vector<Field>)>& use);
    void end_reading();

private:
    void advance_sequences(const MovedTable& table);

    postgres::Connection m_connection;
};

/// Rows on their way into one table: one transaction, with its triggers switched off inside.
class Batch {
public:
    /// Both must outlive it. Not committed, it is undone with the connection's end.
    Batch(postgres::Connection& connection, const MovedTable& table);
    void put(const std::vector<Field>& fields);
    std::size_t bytes() const { return m_bytes; }
    /// `progress` then holds for the table. Throws StoreError: PostgreSQL refuses a row.
    void commit(const Progress& progress);

private:
    postgres::Connection& m_connection;
    const MovedTable& m_table;
    std::optional<postgres::CopyIn> m_copy;
    std::string m_line;
    std::size_t m_bytes = 0;
};

}  // namespace muster::store::transfer
