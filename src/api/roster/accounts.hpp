// /roster/v1/users and /roster/v1/organizations, for admins.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_list_users(Call& call);
boost::asio::awaitable<Answer> handle_create_user(Call& call);
boost::asio::awaitable<Answer> handle_set_role(Call& call);
boost::asio::awaitable<Answer> handle_delete_user(Call& call);
boost::asio::awaitable<Answer> handle_list_organizations(Call& call);
boost::asio::awaitable<Answer> handle_create_organization(Call& call);
boost::asio::awaitable<Answer> handle_set_policy(Call& call);

}  // namespace muster::api
