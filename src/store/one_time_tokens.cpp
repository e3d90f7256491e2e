// The SQL of table `one_time_tokens`.
// SPDX-License-Identifier: Apache-2.0
#include "store/one_time_tokens.hpp"

#include <algorithm>
#include <array>

namespace muster::store {

namespace {

constexpr std::array<std::string_view, 5> kind_names{"confirmation", "recovery",
                                                     "email_change_current", "email_change_new",
                                                     "reauthentication"};  // in enum order

std::string_view to_text(TokenKind kind) {
    return kind_names.at(static_cast<std::size_t>(kind));
}

TokenKind kind_from(const std::string& text) {
    const auto* const found = std::ranges::find(kind_names, text);
    if (found == kind_names.end()) throw StoreError("one_time_tokens: bad kind");
    return static_cast<TokenKind>(found - kind_names.begin());
}

std::string select_token(std::string_view rest) {
    return R"sql(
        SELECT id, user_id, kind, address, link_digest, sealed_code, attempts, code_challenge,
               code_challenge_method, created_at, expires_at
          FROM one_time_tokens )sql" +
           std::string(rest);
}

OneTimeToken token_from(const Row& row) {
    OneTimeToken token;
    token.id = row.text(0);
    token.user_id = row.text(1);
    token.kind = kind_from(row.text(2));
    token.address = row.text(3);
    token.link_digest = row.text(4);
    token.sealed_code = row.text(5);
    token.attempts = row.integer(6);
    if (!row.is_null(7)) token.challenge = CodeChallenge{row.text(7), row.text(8)};
    token.created_at = row.timestamp(9);
    token.expires_at = row.timestamp(10);
    return token;
}

std::optional<OneTimeToken> token_or_nothing(const std::optional<Row>& row) {
    return row ? std::optional(token_from(*row)) : std::nullopt;
}

}  // namespace

void replace_one_time_token(Transaction& transaction, const OneTimeToken& token) {
    delete_one_time_token(transaction, token.user_id, token.kind);
    std::optional<std::string> challenge;
    std::optional<std::string> method;
    if (token.challenge) {
        challenge = token.challenge->text;
        method = token.challenge->method;
    }
    transaction.enqueue(R"sql(
        INSERT INTO one_time_tokens (id, user_id, kind, address, link_digest, sealed_code, attempts,
            code_challenge, code_challenge_method, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql",
                        token.id, token.user_id, to_text(token.kind), token.address,
                        token.link_digest, token.sealed_code, token.attempts, challenge, method,
                        token.created_at, token.expires_at);
}

std::optional<OneTimeToken> find_one_time_token_by_link(Transaction& transaction,
                                                        std::string_view link_digest) {
    static const std::string sql = select_token("WHERE link_digest = $1");
    return token_or_nothing(transaction.one(sql, link_digest));
}

std::vector<OneTimeToken> list_one_time_tokens(Transaction& transaction, std::string_view address,
                                               std::int64_t limit) {
    static const std::string sql =
        select_token("WHERE address = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
    std::vector<OneTimeToken> tokens;
    for (const Row& row : transaction.all(sql, address, limit)) tokens.push_back(token_from(row));
    return tokens;
}

void count_wrong_code(Transaction& transaction, std::string_view token_id) {
    transaction.enqueue("UPDATE one_time_tokens SET attempts = attempts + 1 WHERE id = $1",
                        token_id);
}

void delete_one_time_token(Transaction& transaction, std::string_view user_id, TokenKind kind) {
    transaction.enqueue("DELETE FROM one_time_tokens WHERE user_id = $1 AND kind = $2", user_id,
                        to_text(kind));
}

void delete_one_time_tokens(Transaction& transaction, std::string_view user_id) {
    transaction.enqueue("DELETE FROM one_time_tokens WHERE user_id = $1", user_id);
}

}  // namespace muster::store
