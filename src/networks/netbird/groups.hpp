// NetBird's groups, by name; the trust groups among them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "networks/authorized_api.hpp"
#include "networks/netbird/records.hpp"
#include "networks/turnstile.hpp"

namespace muster::networks::netbird {

class Groups {
public:
    using Levels = std::unordered_map<std::string, core::TrustLevel>;  ///< by peer id
    /// `api` must outlive it.
    explicit Groups(AuthorizedApi& api) : m_api(api) {}

    /// The ids of the groups of these names, made if missing; the group of everybody is left out.
    boost::asio::awaitable<core::Result<boost::json::array>> ids_of(std::vector<std::string> names,
                                                                    Deadline deadline);
    /// Puts each peer into the group of its level and takes it out of the other two; peers that are
    /// not named stay where they are, those that are gone are left out. One push at a time; what
    /// another program writes in the same moment can be lost, since the API knows no conditional
    /// write.
    boost::asio::awaitable<core::Result<void>> push(Levels marks, Deadline deadline);

private:
    boost::asio::awaitable<core::Result<std::optional<Group>>> find(std::string name,
                                                                    Deadline deadline);
    boost::asio::awaitable<core::Result<Group>> have(std::string name, Deadline deadline);
    boost::asio::awaitable<core::Result<void>> drop_gone(Levels& marks, Deadline deadline);
    boost::asio::awaitable<core::Result<void>> push_level(core::TrustLevel level, Levels marks,
                                                          Deadline deadline);

    AuthorizedApi& m_api;
    Turnstile m_writes;
};

}  // namespace muster::networks::netbird
