// Letters of a use case become mails. Called by the handlers of /auth/v1, after the transaction.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "api/router.hpp"
#include "app/letters.hpp"

namespace muster::api {

/// Before a letter is written: can it be sent? Fails: mail_off, server_busy.
core::Result<void> check_mail(const Services& services);
/// The same, and it costs the asking address an attempt. Fails: also as
/// Attempts::take.
boost::asio::awaitable<core::Result<void>> admit_letters(Call& call);

/// The link of a mail: GET /auth/v1/verify. `redirect`: where it leads in the end.
std::string verification_link(const Services& services, const app::Letter& letter,
                              const std::string& redirect);

/// Hands the letters to the mail sender; the redirect is the request's. Fails: server_busy.
core::Result<void> send_letters(const Call& call, std::span<const app::Letter> letters);

}  // namespace muster::api
