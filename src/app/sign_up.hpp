// Use cases of strangers who want an account, or back into theirs: sign-up, and the letters that
// they ask for. None tells whether an address has an account, save where GoTrue's protocol does.
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
#include "store/accounts.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct NewUser {
    std::string email;               ///< checked and lower-cased by the caller
    std::string password_hash = {};  ///< empty: cannot sign in by password yet
    boost::json::object data = {};   ///< their own words: metadata, never a role
    std::string id = {};             ///< empty: a new one
};

/// data.full_name, data.name or the address.
std::string full_name_of(const NewUser& input);
/// input.data and what GoTrue adds to it. Fails: validation_failed (too much data).
core::Result<std::string> metadata_of(const NewUser& input, const std::string& user_id);

/// A user with role `user` in no organisation, whose address is not confirmed yet. `event` goes
/// into the audit log. Fails: validation_failed (too much data).
core::Result<store::User> add_user(store::Transaction& transaction, const Context& context,
                                   const NewUser& input, std::string_view event = "user_signed_up");

/// Who reads the address is who signed up. All of the user's one-time tokens end.
void confirm_user(store::Transaction& transaction, const Context& context, store::User& user);

struct SignedUp {
    store::User user;
    bool is_made_up = false;  ///< the address has an account: `user` is what a new one would be
    std::optional<OpenSession> session = {};  ///< where addresses need no confirmation
    std::optional<Letter> letter = {};        ///< where they do
};

/// Fails: signup_disabled, user_already_exists (where addresses need no confirmation),
/// mail_rate_limited, validation_failed.
core::Result<SignedUp> sign_up(store::Transaction& transaction, const Context& context,
                               const NewUser& input,
                               const std::optional<store::CodeChallenge>& challenge);

enum class Strangers { refuse, sign_up };
/// A letter with a link and a code to sign in with. Fails: otp_disabled (a stranger, and they are
/// refused), otherwise as sign_up.
core::Result<Letter> request_magic_link(store::Transaction& transaction, const Context& context,
                                        const NewUser& input, Strangers strangers,
                                        const std::optional<store::CodeChallenge>& challenge);

/// Empty: nobody has that address. Fails: mail_rate_limited.
core::Result<std::optional<Letter>> request_recovery(
    store::Transaction& transaction, const Context& context, std::string_view email,
    const std::optional<store::CodeChallenge>& challenge);

/// Empty: nobody waits for one. Fails: mail_rate_limited.
core::Result<std::optional<Letter>> resend_confirmation(store::Transaction& transaction,
                                                        const Context& context,
                                                        std::string_view email);
core::Result<std::vector<Letter>> resend_email_change(store::Transaction& transaction,
                                                      const Context& context,
                                                      std::string_view email);

}  // namespace muster::app
