// POST /auth/v1/invite.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

/// By the service key, as GoTrue has it, and by admins with a session, for their organisation.
boost::asio::awaitable<Answer> handle_invite(Call& call);

}  // namespace muster::api
