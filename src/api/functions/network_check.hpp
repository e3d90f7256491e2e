// Is a device on its network yet, is it still there: asked by check_tailscale_status and by
// validate-enrollment.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "api/router.hpp"
#include "app/connections.hpp"
#include "networks/network.hpp"

namespace muster::api {

struct NetworkCheck {
    core::DeviceStatus status = core::DeviceStatus::pending;
    bool is_connected = false;
    std::string hostname = {};
    std::string ip = {};
    std::optional<networks::Node> node = {};       ///< what the network showed, if connected
    std::optional<core::Code> network_error = {};  ///< why the network could not say
};

/// Asks the network and keeps what it says. For those whom app::find_connection() lets ask; fails
/// as it does. A network that cannot be asked is no failure, but `network_error`.
boost::asio::awaitable<core::Result<NetworkCheck>> check_network(Call& call,
                                                                 app::ConnectionQuery query);

}  // namespace muster::api
