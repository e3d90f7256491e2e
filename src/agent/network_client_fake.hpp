// A network's client that does as it is told, and remembers what it was asked. Only tests include
// it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/network_client.hpp"

namespace muster::agent {

/// What the client meets; outlives the clients that are made of it.
struct ClientWorld {
    Standing standing;
    std::optional<JoinFailure> look_failure;
    std::optional<JoinFailure> join_failure;
    std::string told;                          ///< while it joins; empty: nothing
    std::function<void(const Pace&)> on_join;  ///< what else happens then

    int look_count = 0;
    std::vector<JoinPlan> plans;
};

class NetworkClientFake final : public NetworkClient {
public:
    explicit NetworkClientFake(ClientWorld& world) : m_world(world) {}

    std::expected<Standing, JoinFailure> look(const Pace&) override {
        ++m_world.look_count;
        if (m_world.look_failure) return std::unexpected(*m_world.look_failure);
        return m_world.standing;
    }
    std::expected<void, JoinFailure> join(const JoinPlan& plan, const Pace& pace) override {
        m_world.plans.push_back(plan);
        if (!m_world.told.empty()) pace.tell(m_world.told);
        if (m_world.on_join) m_world.on_join(pace);
        if (m_world.join_failure) return std::unexpected(*m_world.join_failure);
        m_world.standing.is_member = true;
        return {};
    }

private:
    ClientWorld& m_world;
};

}  // namespace muster::agent
