// PUT /auth/v1/user: people change their own account.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_update_user(Call& call);

}  // namespace muster::api
