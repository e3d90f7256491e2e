// What the routes of network connections take, checked for form.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "api/fields.hpp"
#include "app/network_connections.hpp"
#include "core/result.hpp"
#include "networks/connection.hpp"

namespace muster::api {

inline constexpr std::string_view connection_networks = "tailscale, headscale, netbird";
inline constexpr TextLimits connection_name_limits{1, 100};
inline constexpr TextLimits network_url_limits{1, 2000};
inline constexpr TextLimits network_name_limits{1, 100};  ///< tailnet, client_id, user
inline constexpr TextLimits network_tag_limits{1, 100};
inline constexpr TextLimits credential_limits{1, 4096};
inline constexpr TextLimits webhook_secret_limits{1, 512};
inline constexpr std::size_t network_tags_max = 50;

struct ConnectionFields {
    std::optional<std::string> organization_id = {};
    std::optional<std::string> network = {};
    app::ConnectionInput input = {};
    std::optional<bool> is_default = {};
    bool test = true;

    /// Anything that the network's control plane could object to.
    bool changes_access() const;
    bool is_empty() const;
};

/// Of a new connection: name, network and credential must be there. Fails as fields.hpp says.
core::Result<ConnectionFields> read_new_connection(const boost::json::object& body);

/// Of a change: what is missing stays; an empty text takes base_url, control_url, tailnet,
/// client_id or user away. Fails also: invalid_value (is_default is not true), missing_field
/// (nothing is changed).
core::Result<ConnectionFields> read_connection_change(const boost::json::object& body);

/// A list of network tags. Empty: not given. Fails: invalid_type, invalid_length,
/// invalid_characters.
core::Result<std::optional<std::vector<std::string>>> read_tags(const boost::json::object& body,
                                                                std::string_view name);

/// Do the settings hold what their network cannot do without? Fails: missing_field.
core::Result<void> check_settings(const networks::ConnectionSettings& settings);

}  // namespace muster::api
