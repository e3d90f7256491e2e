// Which network has which client.
// SPDX-License-Identifier: Apache-2.0
#include "agent/network_client.hpp"

#include "agent/netbird_client.hpp"
#include "agent/tailscale_client.hpp"

namespace muster::agent {

std::unique_ptr<NetworkClient> make_network_client(std::string_view network,
                                                   const ClientPrograms& programs) {
    if (network == "tailscale") return std::make_unique<TailscaleClient>(tailscale_names, programs);
    if (network == "headscale") return std::make_unique<TailscaleClient>(headscale_names, programs);
    if (network == "netbird") return std::make_unique<NetbirdClient>(programs);
    return nullptr;
}

}  // namespace muster::agent
