// The SQL of signing_keys and api_keys.
// SPDX-License-Identifier: Apache-2.0
#include "store/keys.hpp"

namespace muster::store {

void insert_signing_key(Transaction& transaction, const SigningKey& key) {
    transaction.enqueue(R"sql(
        INSERT INTO signing_keys (id, algorithm, private_key, created_at)
        VALUES ($1, $2, $3, $4))sql",
                        key.id, key.algorithm, key.private_key, key.created_at);
}

std::vector<SigningKey> list_signing_keys(Transaction& transaction) {
    std::vector<SigningKey> keys;
    for (const Row& row : transaction.all(R"sql(
             SELECT id, algorithm, private_key, created_at FROM signing_keys
              WHERE retired_at IS NULL ORDER BY created_at DESC, id)sql")) {
        keys.push_back({row.text(0), row.text(1), row.text(2), row.timestamp(3)});
    }
    return keys;
}

void insert_api_key(Transaction& transaction, const ApiKey& key) {
    transaction.enqueue(R"sql(
        INSERT INTO api_keys (id, role, kind, key_digest, sealed_key, created_at)
        VALUES ($1, $2, $3, $4, $5, $6))sql",
                        key.id, key.role, key.kind, key.key_digest, key.sealed_key, key.created_at);
}

std::vector<ApiKey> list_api_keys(Transaction& transaction) {
    std::vector<ApiKey> keys;
    for (const Row& row : transaction.all(R"sql(
             SELECT id, role, kind, key_digest, sealed_key, created_at FROM api_keys
              WHERE revoked_at IS NULL ORDER BY created_at, id)sql")) {
        keys.push_back(
            {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.timestamp(5)});
    }
    return keys;
}

std::optional<std::string> find_api_key_role(Transaction& transaction, std::string_view digest) {
    const auto row = transaction.one(
        "SELECT role FROM api_keys WHERE key_digest = $1 AND revoked_at IS NULL", digest);
    return row ? std::optional(row->text(0)) : std::nullopt;
}

}  // namespace muster::store
