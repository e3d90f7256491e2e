// The connectors that are open: one for each connection, so that its calls share one rate limit,
// one pause after failures and one cache of access tokens.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "networks/connection.hpp"
#include "networks/network.hpp"

namespace muster::networks {

/// On the I/O thread.
class Pool {
public:
    using Connect = std::function<std::unique_ptr<Network>(const ConnectionSettings&)>;

    /// `own`: the server's network; null: it has none.
    Pool(std::shared_ptr<Network> own, Connect connect);

    const std::shared_ptr<Network>& own() const { return m_own; }

    /// The connector of a connection, opened if need be and opened anew when its version differs.
    /// Without an id: the server's own, which may be null. Calls under way keep the old one.
    std::shared_ptr<Network> get(const Connector& connector);

    /// How the connection's calls fared on this server lately; unknown if there were none.
    ApiHealth health(const std::string& connection_id) const;

    /// Of the connections that this server has used, each with its network's name.
    std::vector<std::pair<std::string, ApiHealth>> all_health() const;

    /// The connection has been removed.
    void forget(const std::string& connection_id);

private:
    struct Open {
        std::string version;
        std::shared_ptr<Network> network;
    };
    std::shared_ptr<Network> m_own;
    Connect m_connect;
    std::map<std::string, Open> m_open;
};

}  // namespace muster::networks
