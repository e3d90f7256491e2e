// Which network the functions of contract section 4 speak to, and what is ours of what it lists.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "core/result.hpp"
#include "networks/connection.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// For admins: the connection named; else the caller's organization's connection to Tailscale, else
/// its default; else, for global admins and the service key, the server's own network. Fails:
/// authorization_required, permission_denied, network_connection_not_found, network_not_configured
/// (also: a credential that does not open; nothing takes its place).
core::Result<networks::Connector> choose_device_network(store::Transaction& transaction,
                                                        const Context& context,
                                                        const std::optional<std::string>& id);

/// The server's own, for global admins and the service key. Fails: authorization_required,
/// permission_denied, network_not_configured.
core::Result<networks::Connector> open_own_network(store::Transaction& transaction,
                                                   const Context& context);

/// What is counted of the server's own network.
struct OwnNetwork {
    std::int64_t devices = 0;
    std::int64_t waiting_jobs = 0;
};
/// Empty: there is none, or the caller is no global admin. Fails: authorization_required.
core::Result<std::optional<OwnNetwork>> show_own_network(store::Transaction& transaction,
                                                         const Context& context);

/// How nodes name themselves and the keys that they joined with.
struct NodeNames {
    std::vector<std::string> node_ids;
    std::vector<std::string> key_ids;
};
struct KnownNodes {
    std::set<std::string> node_ids;  ///< bound to a device
    std::set<std::string> key_ids;   ///< of devices that no node was bound to yet
};
/// Asked in batches of so many nodes, so that none keeps a reader for long.
inline constexpr std::size_t known_nodes_batch = 500;

/// Which of them are a device's on that connection. For the server itself: no rights are asked.
core::Result<KnownNodes> find_known_nodes(store::Transaction& transaction,
                                          const networks::Connector& connector,
                                          const NodeNames& names);

}  // namespace muster::app
