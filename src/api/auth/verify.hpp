// /auth/v1/verify: codes and links that come back, and PKCE codes that are exchanged.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_verify_link(Call& call);  ///< GET /auth/v1/verify
boost::asio::awaitable<Answer> handle_verify(Call& call);       ///< POST /auth/v1/verify

/// POST /auth/v1/token?grant_type=pkce
boost::asio::awaitable<Answer> exchange_code(Call& call, const boost::json::object& body);

}  // namespace muster::api
