// What every connector has to do, against a fake of its network or against the real thing: each
// network's file makes the worlds, connector_test.cpp asks the same of all of them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/networks/fake_network.hpp"
#include "fakes/run.hpp"
#include "networks/network.hpp"

namespace muster::networks {

/// A network with its connector.
class ConnectorWorld {
public:
    virtual ~ConnectorWorld() = default;
    virtual Network& network() = 0;
    /// A device joins with the key's secret. Its node's id; empty: it was not let in.
    virtual std::optional<std::string> join(const std::string& secret,
                                            const std::string& hostname) = 0;
    /// Null: the real thing, of which faults can't be asked.
    virtual fakes::FakeNetwork* fake() = 0;
    /// Waits until the device can reach the service at the other one's address, or can't; false: in
    /// vain. Empty: no packets pass here.
    virtual std::optional<bool> comes_to_reach(const std::string& /*hostname*/,
                                               const std::string& /*address*/, bool /*wanted*/) {
        return std::nullopt;
    }
};

/// A real network, which devices join by programs of the harness (tests/networks/): PREFIX_JOIN,
/// whose last argument is the host name, its input the key and its output the node's id, and
/// PREFIX_REACH.
class RealWorld final : public ConnectorWorld {
public:
    RealWorld(std::string_view prefix, std::unique_ptr<Network> network);
    Network& network() override { return *m_network; }
    std::optional<std::string> join(const std::string& secret,
                                    const std::string& hostname) override;
    fakes::FakeNetwork* fake() override { return nullptr; }
    std::optional<bool> comes_to_reach(const std::string& hostname, const std::string& address,
                                       bool wanted) override;

private:
    std::string m_join;
    std::string m_reach;
    std::string m_port;
    std::unique_ptr<Network> m_network;
};

/// Of PREFIX_NAME for each name. Empty, with the reason printed: one of them is not set.
std::optional<std::vector<std::string>> real_settings(std::string_view prefix,
                                                      std::vector<std::string> names);

/// What the networks do differently.
struct ConnectorTraits {
    std::vector<std::string> tags = {};     ///< that keys of the suite name
    std::vector<std::string> service = {};  ///< tags of what only trusted devices may reach
    bool tells_key = true;                  ///< nodes know the key that they joined with
    bool heals_lost_keys = true;            ///< a key whose answer was lost is revoked later
};

struct ConnectorCase {
    std::string name;
    ConnectorTraits traits;
    /// Null, with the reason printed, when the real thing isn't there.
    std::function<std::unique_ptr<ConnectorWorld>()> make;
};

inline std::ostream& operator<<(std::ostream& out, const ConnectorCase& c) {
    return out << c.name;
}

/// TEST_P(ConnectorSuite, ...) in connector_test.cpp; INSTANTIATE_TEST_SUITE_P in each network's.
class ConnectorSuite : public testing::TestWithParam<ConnectorCase> {
protected:
    void SetUp() override;
    void TearDown() override;

    Network& network() { return m_world->network(); }
    fakes::FakeNetwork* fake() { return m_world->fake(); }
    const ConnectorTraits& traits() const { return GetParam().traits; }

    static Deadline within(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
        return std::chrono::steady_clock::now() + patience;
    }
    core::Result<NetworkKey> ask_key(const std::string& hostname, Deadline deadline = within());
    NetworkKey service_key(const std::string& hostname);
    /// A network that needs a moment to notice what happened gets one.
    bool is_soon(const std::function<bool()>& is_so);
    ConnectorWorld& world() { return *m_world; }
    NetworkKey key(const std::string& hostname) { return ask_key(hostname).value(); }
    std::optional<std::string> join(const NetworkKey& key, const std::string& hostname) {
        return m_world->join(key.secret.reveal(), hostname);
    }
    std::optional<Node> find(NodeQuery query) {
        return fakes::run(network().find_node(std::move(query), within())).value();
    }
    std::optional<Node> find_by_node(const std::string& node_id) {
        NodeQuery query;
        query.node_id = node_id;
        return find(std::move(query));
    }
    core::Result<void> remove(const std::string& node_id, Deadline deadline = within()) {
        return fakes::run(network().remove_node(node_id, deadline));
    }
    core::Result<void> revoke(const std::string& key_id, Deadline deadline = within()) {
        return fakes::run(network().revoke_key(key_id, deadline));
    }
    core::Result<void> push(const std::string& node_id, core::TrustLevel level,
                            Deadline deadline = within());
    std::vector<Node> list() { return fakes::run(network().list_nodes(within())).value(); }
    bool is_listed(const std::string& node_id);
    /// What must never be seen: kept, and looked for in the log and in errors at the test's end.
    void keep_secret(std::string secret) { m_secrets.push_back(std::move(secret)); }
    void expect_clean(const core::Error& error);

private:
    std::unique_ptr<ConnectorWorld> m_world;
    std::vector<std::string> m_secrets;
    std::string m_details;
    bool m_is_capturing = false;
};

/// The names of cases, for INSTANTIATE_TEST_SUITE_P.
inline std::string connector_name(const testing::TestParamInfo<ConnectorCase>& info) {
    return info.param.name;
}

}  // namespace muster::networks
