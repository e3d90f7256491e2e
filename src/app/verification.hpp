// Use cases of codes and links that come back: who shows one becomes signed in, or agrees to a new
// address. Also the exchange of PKCE codes (RFC 7636).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "app/context.hpp"
#include "app/sign_in.hpp"
#include "base/secret.hpp"
#include "core/result.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// How long a PKCE code waits for its verifier.
inline constexpr std::chrono::minutes pkce_code_lifetime{5};

/// GoTrue's `type`.
enum class VerificationType {
    sign_up,
    invite,
    magic_link,
    recovery,
    email_change,
    email,  ///< a code or link of a sign-up or a magic link, whichever it is
};

/// Exactly one of the first four. A refusal may still have to be written down: wrong codes count.
struct Verified {
    std::optional<OpenSession> session = {};
    std::optional<base::Secret<std::string>> pkce_code = {};
    bool is_half_done = false;  ///< the other address has to agree, too
    std::optional<core::Code> refusal = {};
    VerificationType type = VerificationType::email;  ///< what it was
};

enum class LinkAnswer { session, session_or_pkce_code };

/// Refusals: link_expired, user_banned, email_exists.
core::Result<Verified> verify_link(store::Transaction& transaction, const Context& context,
                                   VerificationType type, std::string_view link_token,
                                   LinkAnswer answer);

/// Refusals: code_expired, user_banned, email_exists.
core::Result<Verified> verify_code(store::Transaction& transaction, const Context& context,
                                   VerificationType type, std::string_view address,
                                   std::string_view code);

/// Fails: flow_state_not_found, flow_state_expired, bad_code_verifier, sign_in_banned.
core::Result<OpenSession> exchange_pkce_code(store::Transaction& transaction,
                                             const Context& context, std::string_view code,
                                             std::string_view verifier);

}  // namespace muster::app
