// Use cases of signed-in users who change their own account.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "app/context.hpp"
#include "app/letters.hpp"
#include "app/sign_in.hpp"
#include "core/result.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// A session that is younger may set a password without a nonce.
inline constexpr std::chrono::hours reauthentication_age{24};

enum class NewPassword { no, yes };
/// The signed-in user, if they may ask for that address: empty keeps the one they have. Reads only.
/// Fails: aal2_needed_to_update (they have a second factor, and did not show it), email_exists,
/// otherwise as get_signed_in.
core::Result<SignedIn> prepare_update(store::Transaction& transaction, const Context& context,
                                      const std::string& new_email, NewPassword password);

/// A new password needs a nonce: the rules want it, and the session is too old.
bool needs_nonce(const Context& context, const store::Session& session);
/// They came back by a letter, and cannot be asked for a password that they have lost.
bool is_recovery(const store::Session& session);

/// Takes the code of a reauthentication letter; false: it is wrong or too old, which counts.
core::Result<bool> spend_nonce(store::Transaction& transaction, const Context& context,
                               std::string_view nonce);

struct UserUpdate {
    std::string email = {};  ///< checked and lower-cased; empty: as it is
    std::optional<std::string> password_hash = {};
    std::optional<boost::json::object> data = {};
    std::optional<store::CodeChallenge> challenge = {};
};
struct UpdatedUser {
    store::User user;
    std::vector<Letter> letters;  ///< both addresses have to agree first
};
/// A new password ends the user's other sessions. Fails: as prepare_update, mail_rate_limited,
/// validation_failed (too much data).
core::Result<UpdatedUser> update_user(store::Transaction& transaction, const Context& context,
                                      const UserUpdate& update);

/// Fails: as get_signed_in; mail_rate_limited, validation_failed (the address is not confirmed).
core::Result<Letter> request_reauthentication(store::Transaction& transaction,
                                              const Context& context);

}  // namespace muster::app
