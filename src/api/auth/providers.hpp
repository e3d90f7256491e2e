// /auth/v1: signing in with another provider (OAuth). None can be configured yet: what is left is
// to say so in GoTrue's words.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_authorize(Call& call);  ///< GET /auth/v1/authorize
boost::asio::awaitable<Answer> handle_callback(Call& call);   ///< /auth/v1/callback

}  // namespace muster::api
