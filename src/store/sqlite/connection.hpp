// One SQLite connection with everything that each connection must have: pragmas, functions, limits,
// statement cache. Used by one thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "store/sqlite/functions.hpp"
#include "store/sqlite/statement.hpp"

struct sqlite3;

namespace muster::store::sqlite {

enum class ConnectionUse { write, read, checkpoint };

struct ConnectionOptions {
    std::filesystem::path file;
    ConnectionUse use = ConnectionUse::read;
    std::chrono::milliseconds busy_timeout{5'000};
    std::chrono::milliseconds read_timeout{5'000};  ///< of a unit of work, for ConnectionUse::read
};

class Connection {
public:
    /// Opens the file, which must exist. Throws StoreError.
    Connection(const ConnectionOptions& options, const base::Clock& clock, base::Random& random);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    sqlite3* raw() const { return m_connection.get(); }
    Statement& statement(std::string_view sql) { return m_statements->get(sql); }
    CallContext& context() { return m_context; }

    /// BEGIN, COMMIT and the like. Throws StoreError.
    void command(std::string_view sql);
    /// Several statements without parameters or answers. Throws as Statement::execute().
    void script(const std::string& sql);
    /// Ends a transaction that failed; never throws, does nothing if there is none.
    void roll_back() noexcept;
    bool in_transaction() const;

    /// The functions' state for a new unit of work: its time, and the server as its actor.
    void begin_unit();

private:
    struct Close {
        void operator()(sqlite3* connection) const;
    };

    void configure(const ConnectionOptions& options);
    void enter_wal_mode(std::chrono::milliseconds patience);

    static int check_deadline(void* context) noexcept;

    CallContext m_context;
    std::chrono::milliseconds m_read_timeout;
    std::unique_ptr<sqlite3, Close> m_connection;
    std::optional<StatementCache> m_statements;  ///< gone before the connection
};

/// Makes an empty database file with mode 0600 if there is none; SQLite gives -wal and -shm the
/// same mode. Throws StoreError.
void create_file(const std::filesystem::path& file);

}  // namespace muster::store::sqlite
