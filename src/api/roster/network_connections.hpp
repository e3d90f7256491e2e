// /roster/v1/network/connections: the networks of an organization, for its admins. Credentials go
// in and never come out.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

/// In a path: the server's own network, for global admins.
inline constexpr std::string_view own_connection_word = "server";

/// Also the server's own network, for global admins who name no organization: without an id.
boost::asio::awaitable<Answer> handle_list_connections(Call& call);
/// Credentials are tried before they are kept, unless "test" is false.
boost::asio::awaitable<Answer> handle_add_connection(Call& call);
/// The same; a change that the network cannot object to is not tried.
boost::asio::awaitable<Answer> handle_change_connection(Call& call);
boost::asio::awaitable<Answer> handle_remove_connection(Call& call);
boost::asio::awaitable<Answer> handle_test_connection(Call& call);

}  // namespace muster::api
