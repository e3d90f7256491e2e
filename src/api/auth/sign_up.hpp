// POST /auth/v1/signup.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_sign_up(Call& call);

}  // namespace muster::api
