// One connection to PostgreSQL in pipeline mode: several statements go out together and their
// answers come back together, one round trip. Used by one thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <libpq-fe.h>

#include "store/transaction.hpp"

namespace muster::store::postgres {

/// A statement on its way, with PostgreSQL's text form of its parameters.
struct Message {
    std::string sql;
    std::vector<std::optional<std::string>> values = {};
    bool is_prepared = true;  ///< false: BEGIN, COMMIT and the like
};

Message message_of(std::string_view sql, std::span<const Parameter> parameters);

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

class Connection {
public:
    /// Waits for the connection. Throws StoreUnavailable; StoreError for a text that is none
    /// (connection_options.hpp), and for a server or a database that Muster cannot run on.
    explicit Connection(const std::string& database);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One round trip; an answer for each message. `named`: statements are prepared once and kept
    /// by name. Throws throw_error's for the first that fails: then none after it was run. Throws
    /// RunAgain when the connection is lost or says nothing for so long; it is closed then.
    std::vector<Result> exchange(std::span<const Message> messages, bool named,
                                 std::chrono::milliseconds patience);
    /// Several statements without parameters or answers. Throws as exchange().
    void script(const std::string& sql);

    bool is_open() const { return m_connection && PQstatus(m_connection.get()) == CONNECTION_OK; }
    bool in_transaction() const;
    /// Answers are missing that nobody reads any more.
    bool is_busy() const;
    /// Closes it if the server has ended it while nobody looked.
    void notice_end();
    /// The last exchange's commit did not wait until the synchronous standby had it.
    bool standby_missed() const { return m_standby_missed; }
    /// Statements that the server keeps for this connection.
    std::size_t kept_statements() const { return m_names.size(); }
    void forget_statements() { m_names.clear(); }
    void close() { m_connection.reset(); }
    PGconn* raw() const { return m_connection.get(); }

private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    /// What answers are expected, in order.
    struct Expected {
        bool is_preparation = false;
        std::string_view sql = {};
        std::string name = {};
    };

    void send(const Message& message, bool named, std::vector<Expected>& expected);
    std::string prepare(const Message& message, std::vector<Expected>& expected);
    std::vector<Result> receive(std::span<const Expected> expected,
                                std::chrono::steady_clock::time_point deadline);
    Result next_result(std::chrono::steady_clock::time_point deadline);
    [[noreturn]] void lose(const std::string& why);
    static void on_notice(void* connection, const PGresult* notice);

    std::unique_ptr<PGconn, Finish> m_connection;
    std::unordered_map<std::string, std::string> m_names;  ///< by SQL
    bool m_standby_missed = false;
};

std::vector<Row> rows_of(const PGresult* result);

}  // namespace muster::store::postgres
