// What people type instead of an id: a device's name or the start of its id, a user's e-mail, a
// network connection's name.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "cli/api_client.hpp"

namespace muster::cli {

/// The id of the device. Fails: none; several, which the message lists.
Outcome<std::string> find_device_id(const ApiClient& api, const std::string& typed);

/// The id of the user with that id or e-mail address. Fails: none.
Outcome<std::string> find_user_id(const ApiClient& api, const std::string& typed);

inline constexpr const char* connections_route = "/roster/v1/network/connections";
/// What routes call the network of the server's own settings, which has no id.
inline constexpr const char* server_connection = "server";

/// A connection to a network, by its id or exact name.
struct FoundConnection {
    std::string id;  ///< or server_connection
    std::string name;
    std::string network;
    std::int64_t devices = 0;
};
/// The route of one connection.
std::string route_of(const FoundConnection& connection);
/// Fails: none; several, which the message lists.
Outcome<FoundConnection> find_connection(const ApiClient& api, const std::string& typed);
/// The same where the server's own does not do. Fails also: it is that.
Outcome<FoundConnection> find_organization_connection(const ApiClient& api,
                                                      const std::string& typed);

}  // namespace muster::cli
