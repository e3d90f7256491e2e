// Use cases of accounts that sign in: sessions and their refresh tokens. Password hashes are
// computed by the caller between two transactions, on a pool of their own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/context.hpp"
#include "base/secret.hpp"
#include "core/result.hpp"
#include "store/accounts.hpp"
#include "store/sessions.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// What a client gets to keep. The access token is signed by api/ from these.
struct OpenSession {
    store::User user;
    std::string session_id;
    base::Secret<std::string> refresh_token;
    std::string aal = "aal1";
    std::string amr = "[]";  ///< JSON: how they proved who they are, newest first
};

/// By e-mail address; empty when there is none. Reads only.
std::optional<store::User> find_login(store::Transaction& transaction, std::string_view email);

/// The password was right: opens a session. Fails: invalid_credentials (deleted meanwhile),
/// sign_in_banned, email_not_confirmed.
core::Result<OpenSession> sign_in(store::Transaction& transaction, const Context& context,
                                  const std::string& user_id);

/// Puts a hash that is made here into the place of `foreign`, which came with the account.
void replace_hash(store::Transaction& transaction, const std::string& user_id,
                  const std::string& foreign, const std::string& hash);

/// `user` has proved who they are by `method` ("password", "otp", ...: what the amr names).
/// Fills in the user's last_sign_in_at.
OpenSession open_session(store::Transaction& transaction, const Context& context, store::User user,
                         std::string_view method);

bool is_banned(const store::User& user, core::Timestamp now);

/// A refresh that is refused may still have to be written down: reuse of an old token ends the
/// session that it belongs to.
struct Refresh {
    std::optional<OpenSession> session;
    core::Code refusal = core::Code::refresh_token_not_found;  ///< when `session` is empty
};
/// Rotates: the token is good once. Its direct successor's parent, or any older one within
/// Rules::refresh_grace, gets the newest token again (a client that lost the answer, or two tabs).
core::Result<Refresh> refresh_session(store::Transaction& transaction, const Context& context,
                                      const base::Secret<std::string>& refresh_token);

struct SignedIn {
    store::User user;
    store::Session session;
};
/// The signed-in user, if the session still stands. Reads only.
/// Fails: missing_subject, session_not_found, session_user_not_found, user_banned.
core::Result<SignedIn> get_signed_in(store::Transaction& transaction, const Context& context);
/// The same user; a session of another project, which is not on record here, will do.
core::Result<store::User> get_signed_in_user(store::Transaction& transaction,
                                             const Context& context);

/// The session goes on with a new refresh token, its aal and amr as they stand in `session`.
/// Fails: conflict (somebody was quicker), session_not_found.
core::Result<OpenSession> renew_session(store::Transaction& transaction, const Context& context,
                                        const store::User& user, const store::Session& session);

/// Fails: as get_signed_in_user.
core::Result<void> close_sessions(store::Transaction& transaction, const Context& context,
                                  store::SessionScope scope);

}  // namespace muster::app
