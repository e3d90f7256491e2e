// The SQL of table `flow_states`.
// SPDX-License-Identifier: Apache-2.0
#include "store/flow_states.hpp"

namespace muster::store {

void insert_flow_state(Transaction& transaction, const FlowState& state) {
    transaction.enqueue(R"sql(
        INSERT INTO flow_states (id, user_id, code_digest, authentication_method, code_challenge,
            code_challenge_method, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql",
                        state.id, state.user_id, state.code_digest, state.authentication_method,
                        state.challenge.text, state.challenge.method, state.created_at,
                        state.expires_at);
}

std::optional<FlowState> find_flow_state(Transaction& transaction, std::string_view code_digest) {
    const auto row = transaction.one(R"sql(
        SELECT id, user_id, code_digest, authentication_method, code_challenge,
               code_challenge_method, created_at, expires_at
          FROM flow_states WHERE code_digest = $1)sql",
                                     code_digest);
    if (!row) return std::nullopt;
    return FlowState{row->text(0),
                     row->text(1),
                     row->text(2),
                     row->text(3),
                     {row->text(4), row->text(5)},
                     row->timestamp(6),
                     row->timestamp(7)};
}

bool delete_flow_state(Transaction& transaction, std::string_view id) {
    return transaction.execute("DELETE FROM flow_states WHERE id = $1", id) > 0;
}

void delete_expired_flow_states(Transaction& transaction, core::Timestamp time) {
    transaction.enqueue("DELETE FROM flow_states WHERE expires_at < $1", time);
}

}  // namespace muster::store
