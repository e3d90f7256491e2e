// A network's nodes in the words that clients of Tailscale's devices know. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include <boost/json/object.hpp>

#include "networks/network.hpp"

namespace muster::api {

/// {id, name, hostname, user, ipAddresses, lastSeen, online, os, clientVersion, tags}; lastSeen is
/// null where it is not known.
boost::json::object tailscale_device_json(const networks::Node& node);

struct NamedDevice {
    const networks::Node* node = nullptr;  ///< into the list; null: none, or more than one
    int candidates = 0;
};

/// By host name, name, the name's first label (all case-insensitive and whole), or address.
NamedDevice find_named_device(std::string_view identifier, std::span<const networks::Node> nodes);

}  // namespace muster::api
