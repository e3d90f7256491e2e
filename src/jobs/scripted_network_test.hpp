// A network that lists what the test says and notes what it is asked. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "networks/network.hpp"

namespace muster::jobs {

/// What a scripted network answers, and what it was asked; outlives its connectors.
struct Script {
    std::vector<networks::Node> nodes = {};
    std::optional<core::Code> failure = {};  ///< of every call
    std::vector<std::string> removed = {};   ///< ids of nodes
    std::vector<std::string> revoked = {};   ///< ids of keys
    std::vector<networks::TrustMark> told = {};
    std::chrono::seconds lifetime{};  ///< of the levels that were told last
    std::vector<networks::NetworkEvent> events = {};
    std::vector<std::string> cursors = {};  ///< that events were asked for with
    std::string next_cursor = "1";
    bool enforces = true;
    int calls = 0;
};

class ScriptedNetwork final : public networks::Network {
    template <class T>
    using Reply = boost::asio::awaitable<core::Result<T>>;

public:
    ScriptedNetwork(std::string name, Script& script) : m_name(std::move(name)), m_script(script) {}

    std::string_view name() const override { return m_name; }
    networks::ApiHealth health() const override { return {}; }
    Reply<networks::Probe> probe(networks::Deadline) override { co_return networks::Probe{}; }
    Reply<networks::NetworkKey> create_key(networks::KeyRequest, networks::Deadline) override {
        co_return core::fail(core::Code::network_refused);
    }
    Reply<void> revoke_key(std::string key_id, networks::Deadline) override {
        if (auto refused = begin(); !refused) co_return refused;
        m_script.revoked.push_back(std::move(key_id));
        co_return core::Result<void>{};
    }
    Reply<std::optional<networks::Node>> find_node(networks::NodeQuery,
                                                   networks::Deadline) override {
        co_return std::optional<networks::Node>();
    }
    Reply<void> remove_node(std::string node_id, networks::Deadline) override {
        if (auto refused = begin(); !refused) co_return refused;
        m_script.removed.push_back(std::move(node_id));
        co_return core::Result<void>{};
    }
    Reply<std::vector<networks::Node>> list_nodes(networks::Deadline) override {
        if (auto refused = begin(); !refused) co_return std::unexpected(refused.error());
        co_return m_script.nodes;
    }
    bool enforces_trust() const override { return m_script.enforces; }
    Reply<void> push_trust(std::vector<networks::TrustMark> marks, std::chrono::seconds lifetime,
                           networks::Deadline) override {
        if (auto refused = begin(); !refused) co_return refused;
        m_script.told = std::move(marks);
        m_script.lifetime = lifetime;
        co_return core::Result<void>{};
    }
    bool has_events() const override { return true; }
    Reply<networks::EventPage> events_since(std::string cursor, networks::Deadline) override {
        if (auto refused = begin(); !refused) co_return std::unexpected(refused.error());
        m_script.cursors.push_back(std::move(cursor));
        co_return networks::EventPage{m_script.events, m_script.next_cursor};
    }

private:
    core::Result<void> begin() {
        ++m_script.calls;
        if (m_script.failure) return core::fail(*m_script.failure);
        return {};
    }

    std::string m_name;
    Script& m_script;
};

}  // namespace muster::jobs
