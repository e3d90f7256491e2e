// /roster/v1/events and /roster/v1/audit: what happened, newest first.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_list_events(Call& call);
boost::asio::awaitable<Answer> handle_list_audit(Call& call);

}  // namespace muster::api
