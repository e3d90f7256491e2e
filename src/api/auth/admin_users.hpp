// /auth/v1/admin/users: users, administered with the service key.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

/// ?per_page=
inline constexpr std::int64_t admin_page_size = 50;
inline constexpr std::int64_t admin_page_size_max = 1000;
/// ?page=
inline constexpr std::int64_t admin_page_max = 1'000'000'000;

boost::asio::awaitable<Answer> handle_admin_list_users(Call& call);
boost::asio::awaitable<Answer> handle_admin_create_user(Call& call);
boost::asio::awaitable<Answer> handle_admin_get_user(Call& call);
boost::asio::awaitable<Answer> handle_admin_change_user(Call& call);
boost::asio::awaitable<Answer> handle_admin_delete_user(Call& call);
boost::asio::awaitable<Answer> handle_admin_list_factors(Call& call);
boost::asio::awaitable<Answer> handle_admin_delete_factor(Call& call);

}  // namespace muster::api
