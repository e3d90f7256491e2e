// Transaction over one SQLite connection. Its beginning and end are the writer's or the reader's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/dialect.hpp"
#include "store/sqlite/connection.hpp"
#include "store/transaction.hpp"

namespace muster::store::sqlite {

class SqliteTransaction final : public Transaction {
public:
    /// Starts as the server, at the clock's time.
    explicit SqliteTransaction(Connection& connection);
    /// Throws StoreError for a role that does not exist.
    void act_as(const Actor& actor) override;
    const Dialect& dialect() const override { return sqlite_dialect(); }

protected:
    std::int64_t run(std::string_view sql, std::span<const Parameter> parameters) override;
    std::vector<Row> query(std::string_view sql, std::span<const Parameter> parameters) override;

private:
    Statement& prepare(std::string_view sql);
    Connection& m_connection;
};

}  // namespace muster::store::sqlite
