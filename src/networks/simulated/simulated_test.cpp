// The simulated network: the life of a key and of a node, restarts, faults.
// SPDX-License-Identifier: Apache-2.0
#include "networks/simulated/simulated.hpp"

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "fakes/run.hpp"
#include "networks/simulated/membership_book.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;
using core::Code;

Deadline soon() {
    return std::chrono::steady_clock::now() + 20s;
}

/// A network with a hand-turned clock and, if asked for, a journal in a folder of its own.
class World {
public:
    explicit World(SimulatedOptions options = {}) : m_options(std::move(options)) { restart(); }

    void restart() {
        m_network.reset();
        m_network = SimulatedNetwork::open(m_options, clock, random);
    }
    SimulatedNetwork* operator->() { return m_network.get(); }

    NetworkKey key(KeyRequest request = {.device_id = "d1", .hostname = "laptop", .tags = {}}) {
        return fakes::run(m_network->create_key(std::move(request), soon())).value();
    }
    std::optional<Node> by_key(const std::string& key_id) {
        return fakes::run(m_network->find_node({.node_id = {}, .key_id = key_id}, soon())).value();
    }
    std::optional<Node> by_node(const std::string& node_id) {
        return fakes::run(m_network->find_node({.node_id = node_id, .key_id = {}}, soon())).value();
    }
    std::vector<Node> all() { return fakes::run(m_network->list_nodes(soon())).value(); }
    bool revoke(const std::string& key_id) {
        return fakes::run(m_network->revoke_key(key_id, soon())).has_value();
    }
    bool remove(const std::string& node_id) {
        return fakes::run(m_network->remove_node(node_id, soon())).has_value();
    }
    /// Makes a key and waits until its device has joined.
    Node joined(std::string hostname) {
        const NetworkKey made =
            key({.device_id = "d", .hostname = std::move(hostname), .tags = {"tag:prod"}});
        clock.advance(m_options.join_delay);
        return by_key(made.id).value();
    }

    fakes::FakeClock clock;
    fakes::FakeRandom random;

private:
    SimulatedOptions m_options;
    std::unique_ptr<SimulatedNetwork> m_network;
};

/// A folder that goes away with the test.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "muster-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        m_path = name;
    }
    ~Folder() { std::filesystem::remove_all(m_path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path file() const { return m_path / "network.jsonl"; }

private:
    std::filesystem::path m_path;
};

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

void append_to(const std::filesystem::path& file, std::string_view text) {
    std::ofstream(file, std::ios::app) << text;
}

template <class T>
std::optional<Code> code_of(const core::Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
}

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
        {"the node before the key", {a.sighting.node_id, b.key_id}, "a"},
        {"the key when the node is gone", {"sim-gone", b.key_id}, "b"},
        {"a key's id as a node's", {*a.key_id, {}}, {}},
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

TEST(SimulatedNetwork, FaultsHitTheCallsTheyAreMeantFor) {
    struct Case {
        const char* name;
        SimulatedFaults faults;
        std::vector<bool> answered;
        std::size_t keys_made;
    };
    const Case cases[] = {
        {"none", {}, {true, true}, 2},
        {"fail once", {.fail_next = 1}, {false, true}, 1},
        {"fail twice", {.fail_next = 2}, {false, false, true}, 1},
        {"lose one answer", {.lose_answer_next = 1}, {false, true}, 2},
        {"a call is hit by one fault only",
         {.fail_next = 1, .lose_answer_next = 1},
         {false, false, true},
         2},
        {"slow but in time", {.delay = 1ms}, {true, true}, 2},
        {"slow and failing", {.fail_next = 1, .delay = 1ms}, {false, true}, 1},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        World world({.file = {}, .join_delay = 0ms});
        world->set_faults(c.faults);
        for (const bool expected : c.answered) {
            const KeyRequest request{.device_id = "d", .hostname = "h", .tags = {}};
            const auto key = fakes::run(world->create_key(request, soon()));
            EXPECT_EQ(key.has_value(), expected);
            if (!expected) {
                EXPECT_EQ(code_of(key), Code::network_unreachable);
            }
        }
        world->set_faults({});
        EXPECT_EQ(world.all().size(), c.keys_made);
    }
}

TEST(SimulatedNetwork, EveryCallMeetsTheFaults) {
    World world;
    const Node node = world.joined("a");
    const NetworkKey key = world.key();
    world->set_faults({.fail_next = 5});
    const KeyRequest request{.device_id = "d", .hostname = "h", .tags = {}};
    const NodeQuery query{node.sighting.node_id, {}};
    EXPECT_EQ(code_of(fakes::run(world->create_key(request, soon()))), Code::network_unreachable);
    EXPECT_EQ(code_of(fakes::run(world->revoke_key(key.id, soon()))), Code::network_unreachable);
    EXPECT_EQ(code_of(fakes::run(world->find_node(query, soon()))), Code::network_unreachable);
    EXPECT_EQ(code_of(fakes::run(world->remove_node(node.sighting.node_id, soon()))),
              Code::network_unreachable);
    EXPECT_EQ(code_of(fakes::run(world->list_nodes(soon()))), Code::network_unreachable);

    world.clock.advance(2s);
    EXPECT_TRUE(world.by_key(key.id)) << "a failed revoke_key had an effect";
    EXPECT_TRUE(world.by_node(node.sighting.node_id)) << "a failed remove_node had an effect";
}

TEST(SimulatedNetwork, LostAnswersTookEffect) {
    World world;
    const Node node = world.joined("a");
    const NetworkKey key = world.key();
    world->set_faults({.lose_answer_next = 2});
    EXPECT_FALSE(world.remove(node.sighting.node_id));
    EXPECT_FALSE(world.revoke(key.id));
    world.clock.advance(2s);
    EXPECT_FALSE(world.by_node(node.sighting.node_id));
    EXPECT_FALSE(world.by_key(key.id));
    EXPECT_TRUE(world.remove(node.sighting.node_id)) << "repeating it must succeed";
    EXPECT_TRUE(world.revoke(key.id)) << "repeating it must succeed";
}

TEST(SimulatedNetwork, DeadlineEndsTheWait) {
    World world;
    const KeyRequest request{.device_id = "d", .hostname = "h", .tags = {}};
    const auto passed = std::chrono::steady_clock::now() - 1ms;
    EXPECT_EQ(code_of(fakes::run(world->create_key(request, passed))), Code::network_unreachable);
    world.clock.advance(1h);
    EXPECT_TRUE(world.all().empty()) << "a call after its deadline had an effect";

    world->set_faults({.delay = 1h});
    const auto started = std::chrono::steady_clock::now();
    const auto late = fakes::run(world->create_key(request, started + 20ms));
    EXPECT_EQ(code_of(late), Code::network_unreachable);
    EXPECT_GE(std::chrono::steady_clock::now(), started + 20ms);
    world->set_faults({});
    world.clock.advance(1h);
    EXPECT_EQ(world.all().size(), 1U) << "a slow call takes effect; only its answer is late";
}

TEST(SimulatedNetwork, RemembersAcrossRestarts) {
    const Folder folder;
    World world({.file = folder.file()});
    const Node stays = world.joined("stays \"quoted\"");
    const Node removed = world.joined("removed");
    const Node offline = world.joined("offline");
    const Node back = world.joined("back");
    const NetworkKey revoked = world.key();
    const NetworkKey waiting = world.key();
    world.remove(removed.sighting.node_id);
    world.revoke(revoked.id);
    world->set_online(offline.sighting.node_id, false);
    world->set_online(back.sighting.node_id, false);
    world->set_online(back.sighting.node_id, true);
    const auto left_at = world.clock.now();

    for (const char* when : {"after the first restart", "after the second, compacted"}) {
        SCOPED_TRACE(when);
        world.restart();
        const Node again = world.by_node(stays.sighting.node_id).value();
        EXPECT_EQ(again.sighting.hostname, stays.sighting.hostname);
        EXPECT_EQ(again.sighting.ip, stays.sighting.ip);
        EXPECT_EQ(again.sighting.tags, stays.sighting.tags);
        EXPECT_EQ(again.key_id, stays.key_id);
        EXPECT_FALSE(world.by_node(removed.sighting.node_id));
        EXPECT_FALSE(world.by_key(revoked.id));
        EXPECT_TRUE(world.by_node(back.sighting.node_id)->sighting.online);
        EXPECT_FALSE(world.by_node(offline.sighting.node_id)->sighting.online);
        EXPECT_EQ(world.by_node(offline.sighting.node_id)->sighting.last_seen, left_at);
        EXPECT_FALSE(world.by_key(waiting.id));
    }
    world.clock.advance(2s);
    EXPECT_TRUE(world.by_key(waiting.id)) << "a device joins although the server was restarted";

    std::set<std::string> addresses;
    for (int i = 0; i < 10; ++i) world.joined("more");
    for (const Node& node : world.all()) addresses.insert(node.sighting.ip);
    EXPECT_EQ(addresses.size(), world.all().size()) << "an address was given twice";
}

TEST(SimulatedNetwork, JournalIsPrivateAndKeepsNoSecret) {
    const Folder folder;
    World world({.file = folder.file()});
    const NetworkKey key = world.key();
    for (const char* when : {"new", "reopened"}) {
        SCOPED_TRACE(when);
        struct stat status{};
        ASSERT_EQ(::stat(folder.file().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
        ::chmod(folder.file().c_str(), 0644);
        world.restart();
    }
    const std::string text = text_of(folder.file());
    EXPECT_NE(text.find(key.id.substr(std::string("simkey-").size())), std::string::npos);
    EXPECT_EQ(text.find(key.secret.reveal()), std::string::npos);
}

TEST(SimulatedNetwork, OpensWhatAKillLeftBehind) {
    const Folder folder;
    World world({.file = folder.file()});
    const Node node = world.joined("a");
    const std::string whole = text_of(folder.file());

    for (std::size_t length = 0; length < whole.size(); ++length) {
        append_to(folder.file(), std::string_view(whole).substr(0, length));
        world.restart();
        ASSERT_EQ(world.all().size(), 1U) << "torn after " << length << " bytes";
        ASSERT_EQ(text_of(folder.file()), whole) << "torn after " << length << " bytes";
    }
    world.joined("b");
    world.restart();
    EXPECT_EQ(world.all().size(), 2U) << "a line was appended to a torn one";
}

TEST(SimulatedNetwork, RefusesWhatIsNotItsJournal) {
    struct Case {
        const char* name;
        const char* text;
    };
    const Case cases[] = {
        {"not JSON", "hello\n"},
        {"not an object", "[]\n"},
        {"an unknown line", "{\"renamed\":\"x\"}\n"},
        {"an unknown member", "{\"online\":\"x\"}\n"},
        {"a member without an address",
         "{\"member\":\"x\",\"hostname\":\"h\",\"joins_at_us\":1,\"tags\":[]}\n"},
        {"a bad address",
         "{\"member\":\"x\",\"hostname\":\"h\",\"ip\":\"1.2\",\"joins_at_us\":1,\"tags\":[]}\n"},
        {"an address of another pool",
         "{\"member\":\"x\",\"hostname\":\"h\",\"ip\":\"192.0.2.1\","
         "\"joins_at_us\":1,\"tags\":[]}\n"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Folder folder;
        append_to(folder.file(), c.text);
        EXPECT_THROW(World({.file = folder.file()}), std::runtime_error);
        EXPECT_EQ(text_of(folder.file()), c.text) << "a refused file must stay as it is";
    }
    const Folder folder;
    EXPECT_THROW(World({.file = folder.file() / "below"}), std::runtime_error);
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
