// The SQL of table `sessions`.
// SPDX-License-Identifier: Apache-2.0
#include "store/sessions.hpp"

#include "base/random.hpp"

namespace muster::store {

namespace {

Session session_from(const Row& row) {
    return {row.text(0),
            row.text(1),
            row.text(2),
            row.integer(3),
            row.timestamp(4),
            row.timestamp(5),
            row.optional_text(6).value_or(""),
            row.text(7),
            row.text(8),
            row.optional_text(9)};
}

}  // namespace

void insert_session(Transaction& transaction, const Session& session) {
    transaction.enqueue(R"sql(
        INSERT INTO sessions (id, user_id, refresh_key, refresh_counter, refreshed_at, created_at,
            ip_address, aal, amr)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql",
                        session.id, session.user_id, session.refresh_key, session.refresh_counter,
                        session.refreshed_at, session.created_at, session.ip_address, session.aal,
                        session.amr);
}

std::optional<Session> find_session(Transaction& transaction, std::string_view id) {
    if (!base::is_uuid(id)) return std::nullopt;
    const auto row = transaction.one(R"sql(
        SELECT id, user_id, refresh_key, refresh_counter, refreshed_at, created_at, ip_address,
               aal, amr, factor_id
          FROM sessions WHERE id = $1)sql",
                                     id);
    return row ? std::optional(session_from(*row)) : std::nullopt;
}

void save_assurance(Transaction& transaction, const Session& session) {
    transaction.enqueue("UPDATE sessions SET aal = $2, amr = $3, factor_id = $4 WHERE id = $1",
                        session.id, session.aal, session.amr, session.factor_id);
}

std::vector<Session> list_sessions_of_factor(Transaction& transaction, std::string_view factor_id) {
    std::vector<Session> sessions;
    for (const Row& row : transaction.all(R"sql(
             SELECT id, user_id, refresh_key, refresh_counter, refreshed_at, created_at,
                    ip_address, aal, amr, factor_id
               FROM sessions
              WHERE factor_id = $1
                AND user_id = (SELECT user_id FROM mfa_factors WHERE id = $1))sql",
                                          factor_id)) {
        sessions.push_back(session_from(row));
    }
    return sessions;
}

void delete_unproven_sessions(Transaction& transaction, std::string_view user_id) {
    transaction.enqueue("DELETE FROM sessions WHERE user_id = $1 AND aal = 'aal1'", user_id);
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
    // As text: what another issuer's token calls its session need not be a uuid.
    switch (scope) {
        case SessionScope::global:
            transaction.enqueue("DELETE FROM sessions WHERE user_id = $1", user_id);
            return;
        case SessionScope::local:
            transaction.enqueue("DELETE FROM sessions WHERE user_id = $1 AND CAST(id AS TEXT) = $2",
                                user_id, session_id);
            return;
        case SessionScope::others:
            transaction.enqueue(
                "DELETE FROM sessions WHERE user_id = $1 AND CAST(id AS TEXT) <> $2", user_id,
                session_id);
            return;
    }
}

}  // namespace muster::store
