// /roster/v1/devices: the roster for people and scripts, each device with what its trust rests on.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_list_devices(Call& call);
boost::asio::awaitable<Answer> handle_show_device(Call& call);
boost::asio::awaitable<Answer> handle_delete_device(Call& call);

}  // namespace muster::api
