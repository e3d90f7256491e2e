// /roster/v1/network/nodes and /shadows: what a network itself lists, and what of it is no
// device's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

/// Both: of the connection named (or of "server"); else of the organization's default one; else,
/// for global admins, of the server's own network.
boost::asio::awaitable<Answer> handle_list_nodes(Call& call);

/// Nodes that are bound to no device and whose key no device waits with. They are shown, never
/// adopted: nobody but the network's own admin can say whose they are.
boost::asio::awaitable<Answer> handle_list_shadows(Call& call);

}  // namespace muster::api
