// Tables signing_keys and api_keys: what the server signs sessions with, and the anon and service
// keys that clients are configured with. Private halves are sealed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct SigningKey {
    std::string id;           ///< the kid
    std::string algorithm;    ///< "ES256"
    std::string private_key;  ///< sealed PEM
    core::Timestamp created_at;
};
void insert_signing_key(Transaction& transaction, const SigningKey& key);
/// Newest first, retired ones left out.
std::vector<SigningKey> list_signing_keys(Transaction& transaction);

struct ApiKey {
    std::string id;
    std::string role;        ///< "anon" or "service_role"
    std::string kind;        ///< "jwt" or "opaque"
    std::string key_digest;  ///< SHA-256, hex
    std::string sealed_key;
    core::Timestamp created_at;
};
void insert_api_key(Transaction& transaction, const ApiKey& key);
/// Oldest first, revoked ones left out.
std::vector<ApiKey> list_api_keys(Transaction& transaction);
/// The role of a key that is not revoked.
std::optional<std::string> find_api_key_role(Transaction& transaction, std::string_view digest);

}  // namespace muster::store
