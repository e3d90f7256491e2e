// /functions/v1/netbird-proxy?path=/api/...: contract section 5. Calls of NetBird's API for admins:
// for those of an organization through its own connection, which shows them nothing that they could
// not see in NetBird itself; through the server's own NetBird for global admins and the service key
// only, since its answers may hold setup keys of everybody's network.
//
// `path` may have a query of its own ("/api/events?type=x", encoded or not). All further query
// parameters are handed on behind it, in their order, but these: `path`, `connection_id` (which
// connection to use), `apikey` (our own). Of the caller's headers only Content-Type goes along.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

inline constexpr std::size_t netbird_body_bytes_max = std::size_t{1} * 1024 * 1024;

/// Status, body and Retry-After are NetBird's. Its content type is, too, where it is JSON or plain
/// text: what a browser might run is handed on as bytes.
boost::asio::awaitable<Answer> handle_netbird_proxy(Call& call);

}  // namespace muster::api
