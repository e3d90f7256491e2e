// Hands statements to the connection's cache.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/sqlite_transaction.hpp"

#include <algorithm>
#include <array>

namespace muster::store::sqlite {

SqliteTransaction::SqliteTransaction(Connection& connection) : m_connection(connection) {
    connection.begin_unit();
}

void SqliteTransaction::act_as(const Actor& actor) {
    static constexpr std::array<std::string_view, 4> roles{"server", "service_role",
                                                           "authenticated", "anon"};
    if (std::ranges::find(roles, actor.role) == roles.end()) {
        throw StoreError("there is no role " + actor.role);
    }
    m_connection.context().actor = actor;
}

std::int64_t SqliteTransaction::run(std::string_view sql, std::span<const Parameter> parameters) {
    return prepare(sql).execute(parameters);
}

std::vector<Row> SqliteTransaction::query(std::string_view sql,
                                          std::span<const Parameter> parameters) {
    return prepare(sql).query(parameters);
}

/// A trigger that was aborted halfway may have left its mark.
Statement& SqliteTransaction::prepare(std::string_view sql) {
    m_connection.context().system_depth = 0;
    return m_connection.statement(sql);
}

}  // namespace muster::store::sqlite
