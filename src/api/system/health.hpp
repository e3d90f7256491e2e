// What operators and their machines ask: is it alive, is it ready, how is it doing.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_healthz(Call& call);  ///< the process answers
boost::asio::awaitable<Answer> handle_readyz(Call& call);   ///< the database answers, too
boost::asio::awaitable<Answer> handle_metrics(Call& call);

}  // namespace muster::api
