// Codes and links that prove that somebody reads an address. Used by the use cases that send them
// and those that take them back. The database holds the link's digest and the code sealed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/context.hpp"
#include "base/secret.hpp"
#include "store/one_time_tokens.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// Wrong codes for one token. Beyond, only its link is good.
inline constexpr std::int64_t wrong_codes_max = 10;

struct IssuedOneTimeToken {
    base::Secret<std::string> code;        ///< six digits
    base::Secret<std::string> link_token;  ///< 56 hex digits; after "pkce_" with a challenge
};

/// Replaces the user's older token of that kind.
IssuedOneTimeToken issue_one_time_token(store::Transaction& transaction, const Context& context,
                                        const std::string& user_id, store::TokenKind kind,
                                        std::string_view address,
                                        const std::optional<store::CodeChallenge>& challenge);

/// The token that was sent with that link; empty: none of those kinds, or too old.
std::optional<store::OneTimeToken> find_by_link(store::Transaction& transaction,
                                                const Context& context, std::string_view link_token,
                                                std::span<const store::TokenKind> kinds);

/// The token whose code it is, sent to that address. A wrong code counts against all tokens that it
/// was tried on: the caller must commit. Empty: none of those kinds, wrong, or too old.
std::optional<store::OneTimeToken> find_by_code(store::Transaction& transaction,
                                                const Context& context, std::string_view address,
                                                std::string_view code,
                                                std::span<const store::TokenKind> kinds);

}  // namespace muster::app
