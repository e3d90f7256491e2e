// /auth/v1: people who ask for a mail with a link and a code.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_otp(Call& call);         ///< POST /auth/v1/otp
boost::asio::awaitable<Answer> handle_magic_link(Call& call);  ///< POST /auth/v1/magiclink
boost::asio::awaitable<Answer> handle_recover(Call& call);     ///< POST /auth/v1/recover
boost::asio::awaitable<Answer> handle_resend(Call& call);      ///< POST /auth/v1/resend
/// GET /auth/v1/reauthenticate
boost::asio::awaitable<Answer> handle_reauthenticate(Call& call);

}  // namespace muster::api
