// The simulated network: the life of a key and of a node.
// SPDX-License-Identifier: Apache-2.0
#include "networks/simulated/simulated.hpp"

#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "networks/simulated/membership_book.hpp"
#include "networks/simulated/world_test.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;

TEST(SimulatedNetwork, HostLabels) {
    struct Case {
        const char* name;
        std::string given;
        std::string expect;
    };
    const Case cases[] = {
        {"plain", "laptop", "laptop"},
        {"capitals, spaces and punctuation", "Ana's MacBook  Pro!", "ana-s-macbook-pro"},
        {"a domain name", "web.example.com", "web-example-com"},
        {"no letter can stay", "日本", "device"},
        {"empty", "", "device"},
        {"hyphens at the ends", "--x--", "x"},
        {"63 characters", std::string(63, 'a'), std::string(63, 'a')},
        {"64 characters", std::string(64, 'a'), std::string(63, 'a')},
        {"cut at a hyphen", std::string(62, 'a') + "-b", std::string(62, 'a')},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(to_host_label(c.given), c.expect);
    }
}

TEST(SimulatedNetwork, DeviceJoinsAfterTheDelayAndNotBefore) {
    struct Case {
        const char* name;
        std::chrono::milliseconds delay;
        std::chrono::seconds lifetime;
        std::chrono::microseconds looked_after;
        bool expect;
    };
    const Case cases[] = {
        {"at once when there is no delay", 0ms, 1h, 0us, true},
        {"a microsecond early", 1500ms, 1h, 1'499'999us, false},
        {"on time", 1500ms, 1h, 1'500'000us, true},
        {"and stays when the key has long expired", 1500ms, 1h, 100h, true},
        {"the key expires just after", 1000ms, 2s, 1s, true},
        {"the key expires at that moment", 1000ms, 1s, 1s, false},
        {"a key that is born expired", 0ms, 0s, 0s, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        World world({.file = {}, .join_delay = c.delay});
        const KeyRequest request{
            .device_id = "d", .hostname = "h", .tags = {}, .lifetime = c.lifetime};
        const auto made_at = world.clock.now();
        const NetworkKey key = world.key(request);
        EXPECT_EQ(key.expires_at, made_at + c.lifetime);
        world.clock.advance(c.looked_after);
        EXPECT_EQ(world.by_key(key.id).has_value(), c.expect);
        EXPECT_EQ(world.all().size(), c.expect ? 1U : 0U);
    }
}

TEST(SimulatedNetwork, NodeCarriesWhatItsKeySays) {
    World world;
    const NetworkKey key = world.key(
        {.device_id = "d1", .hostname = "Ana's Laptop", .tags = {"tag:prod", "tag:\"odd\"\n"}});
    EXPECT_TRUE(key.id.starts_with("simkey-"));
    EXPECT_TRUE(key.secret.reveal().starts_with("simulated-"));
    world.clock.advance(2s);

    const Node node = world.by_key(key.id).value();
    EXPECT_EQ(node.key_id, key.id);
    EXPECT_EQ(node.sighting.network, "simulated");
    EXPECT_TRUE(node.sighting.node_id.starts_with("sim-"));
    EXPECT_EQ(node.sighting.hostname, "ana-s-laptop");
    EXPECT_EQ(node.sighting.ip, "100.64.0.1");
    EXPECT_EQ(node.sighting.tags, (std::vector<std::string>{"tag:prod", "tag:\"odd\"\n"}));
    EXPECT_TRUE(node.sighting.online);
    EXPECT_EQ(node.sighting.last_seen, world.clock.now());
    EXPECT_EQ(world.by_node(node.sighting.node_id)->key_id, key.id);
    EXPECT_EQ(world->name(), "simulated");
}

TEST(SimulatedNetwork, KeyServesOneDeviceOnce) {
    World world;
    const Node node = world.joined("a");
    ASSERT_TRUE(world.remove(node.sighting.node_id));
    world.clock.advance(24h);
    EXPECT_FALSE(world.by_key(*node.key_id)) << "a used key let its device in again";
    EXPECT_FALSE(world.by_node(node.sighting.node_id));
}

TEST(SimulatedNetwork, TwoKeysOfOneDeviceAreTwo) {
    World world;
    const NetworkKey first = world.key();
    const NetworkKey second = world.key();
    EXPECT_NE(first.id, second.id);
    EXPECT_NE(first.secret.reveal(), second.secret.reveal());
    world.clock.advance(2s);
    const Node a = world.by_key(first.id).value();
    const Node b = world.by_key(second.id).value();
    EXPECT_NE(a.sighting.node_id, b.sighting.node_id);
    EXPECT_NE(a.sighting.ip, b.sighting.ip);
}

TEST(SimulatedNetwork, NodeIsFoundByTheBestThatIsKnown) {
    World world;
    const Node a = world.joined("a");
    const Node b = world.joined("b");
    struct Case {
        const char* name;
        NodeQuery query;
        std::optional<std::string> expect;
    };
    const Case cases[] = {
        {"nothing", {}, {}},
        {"node", {a.sighting.node_id, {}}, "a"},
        {"key", {{}, b.key_id}, "b"},
        {"the key before the node", {a.sighting.node_id, b.key_id}, "b"},
        {"the key, whatever the node", {"sim-gone", b.key_id}, "b"},
        {"the node when the key is unused", {a.sighting.node_id, "simkey-unused"}, "a"},
        {"a key's id as a node's", {a.key_id, {}}, {}},
        {"a node's id as a key's", {{}, a.sighting.node_id}, {}},
        {"empty ids", {"", ""}, {}},
        {"bare prefixes", {"sim-", "simkey-"}, {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto found = fakes::run(world->find_node(c.query, soon())).value();
        const auto hostname = found ? std::optional(found->sighting.hostname) : std::nullopt;
        EXPECT_EQ(hostname, c.expect);
    }
}

TEST(SimulatedNetwork, RevokedKeyLetsNobodyIn) {
    World world;
    const NetworkKey key = world.key();
    EXPECT_TRUE(world.revoke(key.id));
    EXPECT_TRUE(world.revoke(key.id));
    world.clock.advance(1h);
    EXPECT_FALSE(world.by_key(key.id));
    EXPECT_TRUE(world.revoke("simkey-unknown"));
    EXPECT_TRUE(world.revoke(""));

    const Node used = world.joined("used");
    EXPECT_TRUE(world.revoke(*used.key_id));
    EXPECT_TRUE(world.by_key(*used.key_id)) << "revoking a used key must not remove the node";
}

TEST(SimulatedNetwork, RemovingANodeTwiceIsOnce) {
    World world;
    const Node a = world.joined("a");
    const Node b = world.joined("b");
    const NetworkKey waiting = world.key();
    EXPECT_TRUE(world.remove(a.sighting.node_id));
    EXPECT_TRUE(world.remove(a.sighting.node_id));
    EXPECT_TRUE(world.remove("sim-unknown"));
    EXPECT_TRUE(world.remove("sim-" + waiting.id.substr(std::string("simkey-").size())));
    ASSERT_EQ(world.all().size(), 1U);
    EXPECT_EQ(world.all().front().sighting.node_id, b.sighting.node_id);
    world.clock.advance(1h);
    EXPECT_TRUE(world.by_key(waiting.id)) << "a device that has not joined cannot be removed";
}

TEST(SimulatedNetwork, NodesVanishAndGoOffline) {
    World world;
    const Node a = world.joined("a");
    const std::string id = a.sighting.node_id;
    const auto left_at = world.clock.now();
    world->set_online(id, false);
    world.clock.advance(1h);
    world->set_online(id, false);
    EXPECT_FALSE(world.by_node(id)->sighting.online);
    EXPECT_EQ(world.by_node(id)->sighting.last_seen, left_at);
    world->set_online(id, true);
    EXPECT_TRUE(world.by_node(id)->sighting.online);
    EXPECT_EQ(world.by_node(id)->sighting.last_seen, world.clock.now());

    world->drop_node(id);
    EXPECT_FALSE(world.by_node(id));
    world->drop_node(id);
    world->set_online(id, false);
    EXPECT_TRUE(world.all().empty());
}

TEST(SimulatedNetwork, FindsTheYoungNodeOfAHostName) {
    World world;
    const NetworkKey key = world.key();
    NodeQuery query{.hostname = "Laptop", .key_created_at = world.clock.now()};
    const auto find = [&] { return fakes::run(world->find_node(query, soon())).value(); };
    EXPECT_FALSE(find().has_value()) << "before it has joined";
    world.clock.advance(2s);
    ASSERT_TRUE(find().has_value());
    EXPECT_EQ(find()->key_id, key.id);
    query.key_created_at = world.clock.now() + 1s;
    EXPECT_FALSE(find().has_value()) << "it is older than the key";
}

TEST(SimulatedNetwork, KeepsPushedTrustForItsTime) {
    World world;
    const Node node = world.joined("laptop");
    const std::string& id = node.sighting.node_id;
    ASSERT_TRUE(world->enforces_trust());
    EXPECT_FALSE(world->find_trust(id).has_value());
    std::vector<TrustMark> marks{{"sim-unknown", core::TrustLevel::high},
                                 {id, core::TrustLevel::medium}};
    ASSERT_TRUE(fakes::run(world->push_trust(std::move(marks), 1h, soon())).has_value());
    EXPECT_EQ(world->find_trust(id), core::TrustLevel::medium);
    EXPECT_FALSE(world->find_trust("sim-unknown").has_value());
    world.clock.advance(1h - 1us);
    EXPECT_TRUE(world->find_trust(id).has_value());
    world.clock.advance(1us);
    EXPECT_FALSE(world->find_trust(id).has_value()) << "silence lowers it";
}

TEST(SimulatedNetwork, IsProbedAndHasNoEvents) {
    World world;
    world.joined("laptop");
    EXPECT_EQ(fakes::run(world->probe(soon())).value().description, "simulated, 1 devices");
    EXPECT_FALSE(world->has_events());
    const EventPage page = fakes::run(world->events_since("", soon())).value();
    EXPECT_TRUE(page.events.empty());
    EXPECT_FALSE(page.cursor.empty());
}

TEST(SimulatedNetwork, ThreadsShareIt) {
    constexpr int per_thread = 200;
    const Folder folder;
    World world({.file = folder.file(), .join_delay = 0ms});
    const auto work = [&] {
        for (int i = 0; i < per_thread; ++i) {
            const NetworkKey key = world.key();
            const Node node = world.by_key(key.id).value();
            world->set_online(node.sighting.node_id, false);
            if (i % 2 == 0) world.remove(node.sighting.node_id);
            if (i % 50 == 0) world.all();
        }
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(work);
    threads.clear();

    std::set<std::string> addresses;
    for (const Node& node : world.all()) addresses.insert(node.sighting.ip);
    EXPECT_EQ(addresses.size(), 4U * per_thread / 2);
    world.restart();
    EXPECT_EQ(world.all().size(), addresses.size());
}

TEST(AddressPool, GivesEachAddressOnce) {
    AddressPool pool(10, 12);
    EXPECT_EQ(pool.take(), 10U);
    EXPECT_EQ(pool.take(), 11U);
    pool.give_back(10);
    EXPECT_EQ(pool.take(), 12U) << "an address that came back waits for its turn";
    EXPECT_EQ(pool.take(), 10U);
    EXPECT_EQ(pool.take(), std::nullopt) << "one past the last";
    pool.give_back(11);
    EXPECT_EQ(pool.take(), 11U);
    EXPECT_FALSE(pool.claim(11)) << "taken";
    EXPECT_FALSE(pool.claim(9)) << "before the first";
    EXPECT_FALSE(pool.claim(13)) << "after the last";
    EXPECT_EQ(to_text(pool_first), "100.64.0.1");
    EXPECT_EQ(to_text(pool_last), "100.127.255.254");
}

}  // namespace
}  // namespace muster::networks
