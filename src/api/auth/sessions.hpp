// /auth/v1: signing in and out, in GoTrue's words (supabase-contract section 2).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_token(Call& call);   ///< POST /auth/v1/token
boost::asio::awaitable<Answer> handle_user(Call& call);    ///< GET /auth/v1/user
boost::asio::awaitable<Answer> handle_logout(Call& call);  ///< POST /auth/v1/logout
boost::asio::awaitable<Answer> handle_jwks(Call& call);    ///< GET /auth/v1/.well-known/jwks.json
boost::asio::awaitable<Answer> handle_auth_health(Call& call);

}  // namespace muster::api
