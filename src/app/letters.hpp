// What must be mailed to somebody: made in a transaction, sent by api/ after it. Called by the use
// cases that prove or change an address.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/one_time_tokens.hpp"
#include "core/result.hpp"
#include "store/accounts.hpp"
#include "store/transaction.hpp"

namespace muster::app {

enum class LetterKind {
    confirmation,
    recovery,
    magic_link,
    invite,
    email_change,
    reauthentication
};

struct Letter {
    LetterKind kind = LetterKind::confirmation;
    std::string to;
    std::string new_address = {};  ///< of an email_change, which goes to the old one, too
    IssuedOneTimeToken token = {};
};

/// Issues the token of that kind of letter and notes in `user` when; anything but email_change.
/// Fails: mail_rate_limited (the last one of the kind is too young).
core::Result<Letter> write_letter(store::Transaction& transaction, const Context& context,
                                  store::User& user, LetterKind kind,
                                  const std::optional<store::CodeChallenge>& challenge);

/// The same, however young the last one is: for callers that limit it themselves.
Letter issue_letter(store::Transaction& transaction, const Context& context, store::User& user,
                    LetterKind kind, const std::optional<store::CodeChallenge>& challenge);

/// The same for user.email_change: one letter to the new address and, where both have to agree, one
/// to the old. Fails: mail_rate_limited.
core::Result<std::vector<Letter>> write_email_change(
    store::Transaction& transaction, const Context& context, store::User& user,
    const std::optional<store::CodeChallenge>& challenge);

}  // namespace muster::app
