// Connections as JSON. Secrets have no way in.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "api/router.hpp"
#include "app/device_networks.hpp"
#include "app/network_connections.hpp"
#include "networks/network.hpp"

namespace muster::api {

/// With the state of its calls on this server.
boost::json::object connection_json(const Call& call, const app::ConnectionView& view);
/// The same members, of the server's own network.
boost::json::object own_network_json(const Call& call, const app::OwnNetwork& own);
boost::json::object probe_json(const networks::Probe& probe);

}  // namespace muster::api
