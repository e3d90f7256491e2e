// Tailscale's device objects as nodes. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <boost/json/value.hpp>

#include "core/result.hpp"
#include "networks/network.hpp"

namespace muster::networks {

/// Shared in from another tailnet: not ours to see or to remove.
bool is_external_device(const boost::json::value& device);

/// `now`: the sighting's time of a device that is connected, since the API then tells none.
Node node_of_device(const boost::json::value& device, core::Timestamp now);

/// Of {"devices": [...]}, without external ones. Fails: network_answer_invalid.
core::Result<std::vector<Node>> nodes_of_devices(const boost::json::value& answer,
                                                 core::Timestamp now);

}  // namespace muster::networks
