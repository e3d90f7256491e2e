// Reads device objects.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/devices.hpp"

#include "networks/control_api.hpp"

namespace muster::networks {
namespace json = boost::json;
namespace {

/// Headscale's form of this API has no `connectedToControl`, but leaves `lastSeen` out as well
/// while a node is connected.
bool is_connected(const json::value& device) {
    const json::object* members = device.if_object();
    if (members != nullptr && members->contains("connectedToControl")) {
        return bool_member(device, "connectedToControl");
    }
    return !time_member(device, "lastSeen");
}

std::string id_of(const json::value& device) {
    std::string id = id_member(device, "nodeId");
    return id.empty() ? id_member(device, "id") : id;
}

/// The IPv4 address, where there is one.
std::string main_address(const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) {
        if (!address.contains(':')) return address;
    }
    return addresses.empty() ? std::string() : addresses.front();
}

}  // namespace

bool is_external_device(const json::value& device) {
    return bool_member(device, "isExternal");
}

Node node_of_device(const json::value& device, core::Timestamp now) {
    Node node;
    node.addresses = texts_member(device, "addresses");
    node.needs_approval = !bool_member(device, "authorized");
    const bool is_online = is_connected(device) && !node.needs_approval;
    node.sighting = core::NodeSighting{.network = "tailscale",
                                       .node_id = id_of(device),
                                       .hostname = text_member(device, "hostname"),
                                       .ip = main_address(node.addresses),
                                       .tags = texts_member(device, "tags"),
                                       .group = std::nullopt,
                                       .online = is_online,
                                       .last_seen = time_member(device, "lastSeen")};
    // No time and no connection: never seen. That must not look like "just now".
    if (is_connected(device)) node.sighting.last_seen = now;
    node.created_at = time_member(device, "created");
    const auto expires = time_member(device, "expires");
    node.expired = expires && *expires <= now && !bool_member(device, "keyExpiryDisabled");
    node.name = text_member(device, "name");
    if (node.sighting.tags.empty()) node.user = text_member(device, "user");
    node.os = text_member(device, "os");
    node.client_version = text_member(device, "clientVersion");
    return node;
}

core::Result<std::vector<Node>> nodes_of_devices(const json::value& answer, core::Timestamp now) {
    const json::object* members = answer.if_object();
    const json::value* devices = members != nullptr ? members->if_contains("devices") : nullptr;
    std::vector<Node> nodes;
    if (devices != nullptr && devices->is_null()) return nodes;  // how Go writes an empty list
    if (devices == nullptr || !devices->is_array()) {
        return core::fail_with_detail(core::Code::network_answer_invalid, "no list of devices");
    }
    nodes.reserve(devices->get_array().size());
    for (const json::value& device : devices->get_array()) {
        if (is_external_device(device)) continue;
        Node node = node_of_device(device, now);
        if (node.sighting.node_id.empty()) {
            return core::fail_with_detail(core::Code::network_answer_invalid,
                                          "a device without an id");
        }
        nodes.push_back(std::move(node));
    }
    return nodes;
}

}  // namespace muster::networks
