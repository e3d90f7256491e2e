// Table `sessions`: one row a sign-in; its refresh tokens are counted, not stored.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct Session {
    std::string id;
    std::string user_id;
    std::string refresh_key;  ///< sealed; what the session's refresh tokens are derived from
    std::int64_t refresh_counter = 0;  ///< of the newest refresh token
    core::Timestamp refreshed_at;
    core::Timestamp created_at;
    std::string ip_address;
    std::string aal = "aal1";                   ///< authenticator assurance level: aal1 or aal2
    std::string amr = "[]";                     ///< JSON: [{"method","timestamp"}], newest first
    std::optional<std::string> factor_id = {};  ///< what raised it to aal2
};

void insert_session(Transaction& transaction, const Session& session);
std::optional<Session> find_session(Transaction& transaction, std::string_view id);
/// Counts up if the counter still is `counter`. False: somebody was quicker.
bool advance_session(Transaction& transaction, std::string_view id, std::int64_t counter,
                     core::Timestamp at);

/// Writes aal, amr and factor_id as they stand in `session`.
void save_assurance(Transaction& transaction, const Session& session);
/// Those that the factor raised.
std::vector<Session> list_sessions_of_factor(Transaction& transaction, std::string_view factor_id);
/// Ends the user's sessions of aal1.
void delete_unproven_sessions(Transaction& transaction, std::string_view user_id);

enum class SessionScope { global, local, others };
/// Ends the user's sessions: all of them, `session_id` only, or all others.
void delete_sessions(Transaction& transaction, std::string_view user_id,
                     std::string_view session_id, SessionScope scope);

}  // namespace muster::store
