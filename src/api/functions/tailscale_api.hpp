// /functions/v1/tailscale-api: contract section 4. One route, five actions; on whatever network the
// connection leads to. `action` and the fields come in the JSON body, in the query, or in both (the
// body wins). GET is for what only looks: list-devices, check-device.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

inline constexpr std::size_t tailscale_body_bytes_max = std::size_t{64} * 1024;

boost::asio::awaitable<Answer> handle_tailscale_api(Call& call);

}  // namespace muster::api
