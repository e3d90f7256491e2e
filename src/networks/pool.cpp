// A map from connections to connectors.
// SPDX-License-Identifier: Apache-2.0
#include "networks/pool.hpp"

#include <utility>

namespace muster::networks {

Pool::Pool(std::shared_ptr<Network> own, Connect connect)
    : m_own(std::move(own)), m_connect(std::move(connect)) {}

std::shared_ptr<Network> Pool::get(const Connector& connector) {
    if (connector.id.empty()) return m_own;
    Open& open = m_open[connector.id];
    if (!open.network || open.version != connector.version) {
        open = {connector.version, m_connect(connector.settings)};
    }
    return open.network;
}

ApiHealth Pool::health(const std::string& connection_id) const {
    if (connection_id.empty()) return m_own ? m_own->health() : ApiHealth{};
    const auto found = m_open.find(connection_id);
    return found == m_open.end() ? ApiHealth{} : found->second.network->health();
}

std::vector<std::pair<std::string, ApiHealth>> Pool::all_health() const {
    std::vector<std::pair<std::string, ApiHealth>> all;
    if (m_own) all.emplace_back(m_own->name(), m_own->health());
    for (const auto& [id, open] : m_open) {
        all.emplace_back(open.network->name(), open.network->health());
    }
    return all;
}

void Pool::forget(const std::string& connection_id) {
    m_open.erase(connection_id);
}

}  // namespace muster::networks
