// Table `one_time_tokens`: codes and links on their way to somebody's mailbox. Called by app/.
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

enum class TokenKind {
    confirmation,  ///< of a sign-up or an invitation
    recovery,      ///< of a lost password, or a magic link
    email_change_current,
    email_change_new,
    reauthentication,
};

/// What a client that uses PKCE (RFC 7636) sent when it asked.
struct CodeChallenge {
    std::string text;
    std::string method;  ///< s256 or plain
};

struct OneTimeToken {
    std::string id;
    std::string user_id;
    TokenKind kind = TokenKind::confirmation;
    std::string address;      ///< lower case
    std::string link_digest;  ///< SHA-256 of the link's token, hex
    std::string sealed_code;
    std::int64_t attempts = 0;  ///< wrong codes so far
    std::optional<CodeChallenge> challenge = {};
    core::Timestamp created_at;
    core::Timestamp expires_at;
};

/// Replaces the user's token of that kind.
void replace_one_time_token(Transaction& transaction, const OneTimeToken& token);
std::optional<OneTimeToken> find_one_time_token_by_link(Transaction& transaction,
                                                        std::string_view link_digest);
/// Those of an address, newest first; at most `limit`: several users may want the same address.
std::vector<OneTimeToken> list_one_time_tokens(Transaction& transaction, std::string_view address,
                                               std::int64_t limit);
void count_wrong_code(Transaction& transaction, std::string_view token_id);
void delete_one_time_token(Transaction& transaction, std::string_view user_id, TokenKind kind);
/// All kinds.
void delete_one_time_tokens(Transaction& transaction, std::string_view user_id);

}  // namespace muster::store
