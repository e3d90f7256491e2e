// GET /auth/v1/settings.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_auth_settings(Call& call);

}  // namespace muster::api
