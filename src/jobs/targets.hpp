// The networks that background jobs go through: the server's own and every organization's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <boost/asio/awaitable.hpp>

#include "app/network_connections.hpp"
#include "core/result.hpp"
#include "jobs/tools.hpp"

namespace muster::jobs {

/// How many networks are asked at once.
inline constexpr std::size_t networks_at_once = 8;

/// The server's own first. Throws StoreError.
boost::asio::awaitable<core::Result<std::vector<app::ConnectionInUse>>> list_targets(Tools& tools);

/// The name under which its calls are counted.
void count_call(Tools& tools, const app::ConnectionInUse& target, std::string_view call, bool ok);

}  // namespace muster::jobs
