// Headscale's pre-auth keys. They carry no description: one whose making was not answered cannot be
// told from others and stays until it expires; nobody knows its secret.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "networks/headscale/server.hpp"

namespace muster::networks::headscale {

class Keys {
public:
    /// All must outlive it.
    Keys(Server& server, const HeadscaleOptions& options, const base::Clock& clock)
        : m_server(server), m_options(options), m_clock(clock) {}

    boost::asio::awaitable<core::Result<NetworkKey>> create(KeyRequest request, Deadline deadline);
    /// Expires it, and deletes it if it is unused. Unknown or used: success.
    boost::asio::awaitable<core::Result<void>> revoke(std::string key_id, Deadline deadline);

private:
    boost::asio::awaitable<core::Result<std::optional<KeyRecord>>> find(std::string id,
                                                                        std::string query,
                                                                        Deadline deadline);
    boost::asio::awaitable<core::Result<void>> revoke_of_user(std::string key_id,
                                                              Deadline deadline);
    boost::asio::awaitable<core::Result<void>> delete_unused(std::string key_id, Deadline deadline);

    Server& m_server;
    const HeadscaleOptions& m_options;
    const base::Clock& m_clock;
};

boost::json::array to_json(const std::vector<std::string>& texts);

}  // namespace muster::networks::headscale
