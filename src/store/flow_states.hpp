// Table `flow_states`: sign-ins by PKCE whose code waits to be exchanged for a session. Called by
// app/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/timestamp.hpp"
#include "store/one_time_tokens.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct FlowState {
    std::string id;
    std::string user_id;
    std::string code_digest;            ///< SHA-256 of the authorization code, hex
    std::string authentication_method;  ///< as the session's amr will name it
    CodeChallenge challenge;
    core::Timestamp created_at;
    core::Timestamp expires_at;
};

void insert_flow_state(Transaction& transaction, const FlowState& state);
std::optional<FlowState> find_flow_state(Transaction& transaction, std::string_view code_digest);
/// False: somebody was quicker.
bool delete_flow_state(Transaction& transaction, std::string_view id);
/// Those that expired before `time`.
void delete_expired_flow_states(Transaction& transaction, core::Timestamp time);

}  // namespace muster::store
