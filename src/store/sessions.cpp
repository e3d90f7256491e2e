// The SQL of table `sessions`.
// SPDX-License-Identifier: Apache-2.0
#include "store/sessions.hpp"

namespace muster::store {

void insert_session(Transaction& transaction, const Session& session) {
    transaction.execute(R"sql(
        INSERT INTO sessions (id, user_id, refresh_key, refresh_counter, refreshed_at, created_at,
            ip_address, aal, amr)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql",
                        session.id, session.user_id, session.refresh_key, session.refresh_counter,
                        session.refreshed_at, session.created_at, session.ip_address, session.aal,
                        session.amr);
}

std::optional<Session> find_session(Transaction& transaction, std::string_view id) {
    const auto row = transaction.one(R"sql(
        SELECT id, user_id, refresh_key, refresh_counter, refreshed_at, created_at, ip_address,
               aal, amr
          FROM sessions WHERE id = $1)sql",
                                     id);
    if (!row) return std::nullopt;
    return Session{row->text(0),
                   row->text(1),
                   row->text(2),
                   row->integer(3),
                   row->timestamp(4),
                   row->timestamp(5),
                   row->optional_text(6).value_or("")};
}

bool advance_session(Transaction& transaction, std::string_view id, std::int64_t counter,
                     core::Timestamp at) {
    return transaction.execute(R"sql(
        UPDATE sessions SET refresh_counter = refresh_counter + 1, refreshed_at = $3
         WHERE id = $1 AND refresh_counter = $2)sql",
                               id, counter, at) > 0;
}

void delete_sessions(Transaction& transaction, std::string_view user_id,
                     std::string_view session_id, SessionScope scope) {
    switch (scope) {
        case SessionScope::global:
            transaction.execute("DELETE FROM sessions WHERE user_id = $1", user_id);
            return;
        case SessionScope::local:
            transaction.execute("DELETE FROM sessions WHERE user_id = $1 AND id = $2", user_id,
                                session_id);
            return;
        case SessionScope::others:
            transaction.execute("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", user_id,
                                session_id);
            return;
    }
}

}  // namespace muster::store
