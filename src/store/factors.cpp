// The SQL of mfa_factors and mfa_challenges.
// SPDX-License-Identifier: Apache-2.0
#include "store/factors.hpp"

namespace muster::store {

namespace {

Factor factor_from(const Row& row) {
    Factor factor;
    factor.id = row.text(0);
    factor.user_id = row.text(1);
    factor.friendly_name = row.text(2);
    factor.is_verified = row.text(3) == "verified";
    factor.secret = row.text(4);
    factor.last_used_step = row.integer(5);
    factor.created_at = row.timestamp(6);
    factor.updated_at = row.timestamp(7);
    factor.last_challenged_at = row.optional_timestamp(8);
    return factor;
}

}  // namespace

void insert_factor(Transaction& transaction, const Factor& factor) {
    transaction.enqueue(R"sql(
        INSERT INTO mfa_factors (id, user_id, friendly_name, secret, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6))sql",
                        factor.id, factor.user_id, factor.friendly_name, factor.secret,
                        factor.created_at, factor.updated_at);
}

std::vector<Factor> list_factors(Transaction& transaction, std::string_view user_id) {
    std::vector<Factor> factors;
    for (const Row& row : transaction.all(R"sql(
             SELECT id, user_id, friendly_name, status, secret, last_used_step, created_at,
                    updated_at, last_challenged_at
               FROM mfa_factors WHERE user_id = $1 ORDER BY created_at, id)sql",
                                          user_id)) {
        factors.push_back(factor_from(row));
    }
    return factors;
}

bool save_verification(Transaction& transaction, std::string_view factor_id, std::int64_t step,
                       core::Timestamp at) {
    return transaction.execute(R"sql(
        UPDATE mfa_factors SET status = 'verified', last_used_step = $2, updated_at = $3
         WHERE id = $1 AND last_used_step < $2)sql",
                               factor_id, step, at) > 0;
}

bool delete_factor(Transaction& transaction, std::string_view id) {
    return transaction.execute("DELETE FROM mfa_factors WHERE id = $1", id) > 0;
}

void delete_unverified_factors(Transaction& transaction, std::string_view user_id,
                               const std::optional<core::Timestamp>& at) {
    transaction.enqueue(R"sql(
        DELETE FROM mfa_factors
         WHERE user_id = $1 AND status = 'unverified' AND (created_at < $2 OR $2 IS NULL))sql",
                        user_id, at);
}

void insert_challenge(Transaction& transaction, const Challenge& challenge, std::int64_t kept) {
    transaction.enqueue(R"sql(
        INSERT INTO mfa_challenges (id, factor_id, created_at, expires_at, ip_address)
        VALUES ($1, $2, $3, $4, $5))sql",
                        challenge.id, challenge.factor_id, challenge.created_at,
                        challenge.expires_at, challenge.ip_address);
    transaction.enqueue(R"sql(
        DELETE FROM mfa_challenges WHERE factor_id = $1 AND id NOT IN (
            SELECT id FROM mfa_challenges WHERE factor_id = $1
             ORDER BY created_at DESC, id DESC LIMIT $2))sql",
                        challenge.factor_id, kept);
    transaction.enqueue("UPDATE mfa_factors SET last_challenged_at = $2 WHERE id = $1",
                        challenge.factor_id, challenge.created_at);
}

std::optional<Challenge> find_challenge(Transaction& transaction, std::string_view id) {
    const auto row = transaction.one(R"sql(
        SELECT id, factor_id, created_at, expires_at, ip_address
          FROM mfa_challenges WHERE id = $1)sql",
                                     id);
    if (!row) return std::nullopt;
    return Challenge{row->text(0), row->text(1), row->timestamp(2), row->timestamp(3),
                     row->optional_text(4).value_or("")};
}

void delete_challenge(Transaction& transaction, std::string_view id) {
    transaction.enqueue("DELETE FROM mfa_challenges WHERE id = $1", id);
}

}  // namespace muster::store
