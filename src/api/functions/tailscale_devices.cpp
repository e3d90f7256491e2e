// Names and addresses of nodes.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/tailscale_devices.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/ip/address.hpp>
#include <boost/json/array.hpp>

#include "api/fields.hpp"
#include "api/json_response.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using Address = std::optional<asio::ip::address>;

Address parse_address(std::string_view text) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(text, error);
    return error ? Address() : Address(address);
}

bool has_address(const networks::Node& node, const asio::ip::address& wanted) {
    const auto is_it = [&](const std::string& text) { return parse_address(text) == wanted; };
    return is_it(node.sighting.ip) || std::ranges::any_of(node.addresses, is_it);
}

bool is_called(const networks::Node& node, const std::string& wanted) {
    const std::string name = to_lower(node.name);
    return to_lower(node.sighting.hostname) == wanted || name == wanted ||
           name.substr(0, name.find('.')) == wanted;
}

}  // namespace

json::object tailscale_device_json(const networks::Node& node) {
    const core::NodeSighting& sighting = node.sighting;
    json::array addresses(node.addresses.begin(), node.addresses.end());
    if (addresses.empty() && !sighting.ip.empty()) addresses.emplace_back(sighting.ip);
    return {{"id", sighting.node_id},
            {"name", node.name.empty() ? sighting.hostname : node.name},
            {"hostname", sighting.hostname},
            {"user", node.user},
            {"ipAddresses", std::move(addresses)},
            {"lastSeen", time_or_null(sighting.last_seen)},
            {"online", sighting.online},
            {"os", node.os},
            {"clientVersion", node.client_version},
            {"tags", json::array(sighting.tags.begin(), sighting.tags.end())}};
}

NamedDevice find_named_device(std::string_view identifier, std::span<const networks::Node> nodes) {
    std::string wanted = to_lower(std::string(identifier));
    if (wanted.ends_with('.')) wanted.pop_back();
    const Address address = parse_address(wanted);
    NamedDevice found;
    if (wanted.empty()) return found;  // a node without a name has not this one
    for (const networks::Node& node : nodes) {
        const bool is_it = address ? has_address(node, *address) : is_called(node, wanted);
        if (!is_it) continue;
        ++found.candidates;
        found.node = found.candidates == 1 ? &node : nullptr;
    }
    return found;
}

}  // namespace muster::api
