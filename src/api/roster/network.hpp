// /roster/v1/network/nodes: what the server's network itself lists.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_list_nodes(Call& call);

}  // namespace muster::api
