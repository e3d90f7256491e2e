// /rest/v1/rpc: the database has no functions for clients to call, and says so as PostgREST does.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

/// GET and POST of /rest/v1/rpc/{function}: PGRST202.
boost::asio::awaitable<Answer> handle_rpc(Call& call);

}  // namespace muster::api
