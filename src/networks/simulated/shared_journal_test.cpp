// Several servers' simulated networks on one journal: what one does, the others see.
// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "networks/simulated/world_test.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;

/// Networks with a clock in common.
class SharedJournal : public ::testing::Test {
protected:
    std::unique_ptr<SimulatedNetwork> open() {
        return SimulatedNetwork::open({.file = m_folder.file(), .is_shared = true}, m_clock,
                                      m_random);
    }
    static NetworkKey key(SimulatedNetwork& network) {
        const KeyRequest request{.device_id = "d", .hostname = "h", .tags = {}};
        return fakes::run(network.create_key(request, soon())).value();
    }
    static std::optional<Node> by_key(SimulatedNetwork& network, const std::string& key_id) {
        return fakes::run(network.find_node({.node_id = {}, .key_id = key_id}, soon())).value();
    }
    static std::vector<Node> all(SimulatedNetwork& network) {
        return fakes::run(network.list_nodes(soon())).value();
    }

    const Folder m_folder;
    fakes::FakeClock m_clock;
    fakes::FakeRandom m_random;
};

TEST_F(SharedJournal, WhatOneDoesTheOthersSee) {
    const auto one = open();
    const auto two = open();
    const NetworkKey made = key(*one);
    const NetworkKey revoked = key(*two);
    ASSERT_TRUE(fakes::run(one->revoke_key(revoked.id, soon())));
    m_clock.advance(2s);
    EXPECT_FALSE(by_key(*two, revoked.id));
    const auto node = by_key(*two, made.id);
    ASSERT_TRUE(node);
    one->set_online(node->sighting.node_id, false);
    EXPECT_FALSE(by_key(*two, made.id)->sighting.online);
    ASSERT_TRUE(fakes::run(two->remove_node(node->sighting.node_id, soon())));
    EXPECT_FALSE(by_key(*one, made.id));
}

TEST_F(SharedJournal, AServerThatStartsTakesNothingFromTheOthers) {
    const auto one = open();
    const NetworkKey before = key(*one);
    const auto two = open();  // replaces the file
    const NetworkKey after = key(*one);
    const auto three = open();
    m_clock.advance(2s);
    for (SimulatedNetwork* network : {one.get(), two.get(), three.get()}) {
        EXPECT_TRUE(by_key(*network, before.id));
        EXPECT_TRUE(by_key(*network, after.id));
        EXPECT_EQ(all(*network).size(), 2U);
    }
}

TEST_F(SharedJournal, WhatAKilledServerToreIsLeftOut) {
    const auto one = open();
    key(*one);
    const auto two = open();
    std::ofstream(m_folder.file(), std::ios::app) << R"({"member":"torn)";
    key(*one);
    key(*two);
    m_clock.advance(2s);
    EXPECT_EQ(all(*one).size(), 3U);
    EXPECT_EQ(all(*two).size(), 3U);
    EXPECT_EQ(all(*open()).size(), 3U);
}

TEST_F(SharedJournal, AtTheSameMoment) {
    constexpr int servers = 4;
    constexpr int keys = 25;
    std::vector<std::unique_ptr<SimulatedNetwork>> networks;
    for (int i = 0; i < servers; ++i) networks.push_back(open());
    std::vector<std::thread> threads;
    for (const auto& network : networks) {
        threads.emplace_back([&network] {
            for (int i = 0; i < keys; ++i) key(*network);
        });
    }
    for (std::thread& thread : threads) thread.join();
    m_clock.advance(2s);
    for (const auto& network : networks) {
        std::set<std::string> addresses;
        for (const Node& node : all(*network)) addresses.insert(node.sighting.ip);
        EXPECT_EQ(addresses.size(), std::size_t{servers * keys}) << "an address was given twice";
    }
}

}  // namespace
}  // namespace muster::networks
