// Tables mfa_factors and mfa_challenges: second factors, and the questions that are open. Called by
// app/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct Factor {
    std::string id;
    std::string user_id;
    std::string friendly_name;  ///< may be empty; no two of a user are alike
    bool is_verified = false;
    std::string secret;               ///< sealed
    std::int64_t last_used_step = 0;  ///< of the newest code that was accepted
    core::Timestamp created_at;
    core::Timestamp updated_at;
    std::optional<core::Timestamp> last_challenged_at = {};
};

void insert_factor(Transaction& transaction, const Factor& factor);
/// Oldest first.
std::vector<Factor> list_factors(Transaction& transaction, std::string_view user_id);
/// A code was accepted. False: one as new was accepted before.
bool save_verification(Transaction& transaction, std::string_view factor_id, std::int64_t step,
                       core::Timestamp at);
bool delete_factor(Transaction& transaction, std::string_view id);
/// Those that never proved anything: made before `at`, or all of them.
void delete_unverified_factors(Transaction& transaction, std::string_view user_id,
                               const std::optional<core::Timestamp>& at);

struct Challenge {
    std::string id;
    std::string factor_id;
    core::Timestamp created_at;
    core::Timestamp expires_at;
    std::string ip_address;
};
/// Marks the factor, too; forgets all but the `kept` newest challenges of the factor.
void insert_challenge(Transaction& transaction, const Challenge& challenge, std::int64_t kept);
std::optional<Challenge> find_challenge(Transaction& transaction, std::string_view id);
void delete_challenge(Transaction& transaction, std::string_view id);

}  // namespace muster::store
