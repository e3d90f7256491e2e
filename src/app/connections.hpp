// Use cases between a device and its network: is it there yet, is it still there. The network is
// asked by the caller between find_connection() and confirm_connection() or lose_connection().
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "base/secret.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"
#include "networks/connection.hpp"
#include "store/memberships.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct ConnectionQuery {
    std::optional<std::string> device_id;
    /// The device's token, now or lately; or, from old signed-in clients, the device's id.
    std::optional<base::Secret<std::string>> enrollment_token;
    /// What an old client calls the device; counts where none was announced at verify.
    std::optional<std::string> hostname = {};
};

struct ConnectionState {
    std::string device_id;
    core::DeviceStatus status = core::DeviceStatus::pending;
    std::optional<store::Membership> membership;   ///< empty: on no network that can be asked
    std::optional<networks::Connector> connector;  ///< of the membership; empty: it cannot be asked
    /// By which host name its node may be recognised. Empty: by none, or others wait for it, too.
    std::optional<std::string> hostname;
};

/// Reads only. For the owner, an admin, the service key, or the device by its token.
/// Fails: authorization_required, invalid_token (a token of no device, or of another one),
/// device_not_found, missing_field.
core::Result<ConnectionState> find_connection(store::Transaction& transaction,
                                              const Context& context, const ConnectionQuery& query);

struct Connection {
    core::DeviceStatus status = core::DeviceStatus::pending;
    bool connected = false;
    std::string hostname;
    std::string ip;
};

/// Keeps the query's host name for a device that has announced none and has no node yet: whoever
/// asks has proved to be allowed to by find_connection().
core::Result<void> announce_hostname(store::Transaction& transaction, const std::string& device_id,
                                     const std::string& hostname);

/// The network showed the device's node: contract section 3, `check_tailscale_status`. Not
/// connected: another device is bound to that node, or the device waits for none. Fails:
/// device_not_found (deleted meanwhile), device_revoked, conflict.
core::Result<Connection> confirm_connection(store::Transaction& transaction, const Context& context,
                                            const std::string& device_id,
                                            const core::NodeSighting& node,
                                            const std::optional<std::string>& key_id);

/// The network no longer has the node that the device was confirmed with; should it come back, it
/// is recognised. Returns the status.
core::Result<core::DeviceStatus> lose_connection(store::Transaction& transaction,
                                                 const Context& context,
                                                 const std::string& device_id);

}  // namespace muster::app
