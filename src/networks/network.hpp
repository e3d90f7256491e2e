// A private network that devices join: what Muster asks of its control plane. Implementations:
// simulated/. One instance serves one connection; calls are made on the I/O thread and may overlap.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/secret.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"

namespace muster::networks {

using Deadline = std::chrono::steady_clock::time_point;

struct KeyRequest {
    std::string
        device_id;         ///< goes into the key's description, so that a lost answer can be healed
    std::string hostname;  ///< what the device will probably call itself
    std::vector<std::string> tags;
    std::chrono::seconds lifetime = std::chrono::hours(24);
};

/// A one-use, pre-authorised key.
struct NetworkKey {
    std::string id;
    base::Secret<std::string> secret;
    core::Timestamp expires_at;
};

/// How a device's node is recognised, best first: the node bound before, else the key it used.
/// Names are not enough (docs/decisions/): a host name is a claim.
struct NodeQuery {
    std::optional<std::string> node_id;
    std::optional<std::string> key_id;
};

struct Node {
    core::NodeSighting sighting;
    std::optional<std::string> key_id;
};

/// All calls fail with network_unreachable (no answer before the deadline, or a failing answer),
/// the effect then being unknown; and are safe to repeat.
class Network {
public:
    virtual ~Network() = default;
    virtual std::string_view name() const = 0;  ///< "simulated"
    /// Asking twice for one device makes two keys; the older one stays good until it expires.
    virtual boost::asio::awaitable<core::Result<NetworkKey>> create_key(KeyRequest request,
                                                                        Deadline deadline) = 0;
    /// Deletes an unused key. One that is unknown or used is success.
    virtual boost::asio::awaitable<core::Result<void>> revoke_key(std::string key_id,
                                                                  Deadline deadline) = 0;
    virtual boost::asio::awaitable<core::Result<std::optional<Node>>> find_node(
        NodeQuery query, Deadline deadline) = 0;
    /// Removes the node. One that is not there is success.
    virtual boost::asio::awaitable<core::Result<void>> remove_node(std::string node_id,
                                                                   Deadline deadline) = 0;
    virtual boost::asio::awaitable<core::Result<std::vector<Node>>> list_nodes(
        Deadline deadline) = 0;
};

}  // namespace muster::networks
