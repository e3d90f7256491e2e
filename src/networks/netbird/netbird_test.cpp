// The NetBird connector against its fake.
// SPDX-License-Identifier: Apache-2.0
#include "networks/netbird/netbird.hpp"

#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/networks/netbird_fake.hpp"
#include "fakes/random.hpp"
#include "fakes/run.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;
using core::Code;
using core::TrustLevel;
using fakes::Fault;
using Members = std::set<std::string>;
using Texts = std::vector<std::string>;

struct NetBirdWorld {
    explicit NetBirdWorld(fakes::NetBirdFakeOptions fake_options = {}, NetBirdOptions options = {})
        : fake(std::move(fake_options), clock) {
        options.api.base_url = fake.url();
        options.api.retry_first = 1ms;
        options.api.calls_per_second_max = 10'000;
        options.api.failures_until_pause = 1'000;
        if (options.token.reveal().empty()) {
            options.token = base::Secret<std::string>("nbp_fake");
        }
        network = make_netbird(std::move(options), clock, random);
    }
    static Deadline soon() { return std::chrono::steady_clock::now() + 20s; }

    core::Result<NetworkKey> key(Texts groups = {}, std::chrono::seconds lifetime = 1h) {
        KeyRequest request{"d1", "laptop", std::move(groups), lifetime};
        return fakes::run(network->create_key(std::move(request), soon()));
    }
    core::Result<void> revoke(const std::string& id) {
        return fakes::run(network->revoke_key(id, soon()));
    }
    core::Result<void> remove(const std::string& id) {
        return fakes::run(network->remove_node(id, soon()));
    }
    std::optional<Node> find(NodeQuery query) {
        return fakes::run(network->find_node(std::move(query), soon())).value();
    }
    std::vector<Node> nodes() { return fakes::run(network->list_nodes(soon())).value(); }
    core::Result<void> push(std::vector<TrustMark> marks) {
        return fakes::run(network->push_trust(std::move(marks), 1h, soon()));
    }
    core::Result<EventPage> events(const std::string& cursor) {
        return fakes::run(network->events_since(cursor, soon()));
    }
    std::string joined(Texts groups = {}) {
        return fake.join(key(std::move(groups)).value().secret.reveal(), "laptop").value();
    }
    std::size_t calls_of(std::string_view start) {
        std::size_t count = 0;
        for (const std::string& call : fake.server().requests()) count += call.starts_with(start);
        return count;
    }

    fakes::FakeClock clock;
    fakes::FakeRandom random;
    fakes::NetBirdFake fake;
    std::unique_ptr<Network> network;
};

TEST(NetBird, KeyAndPeerLiveAndDie) {
    NetBirdWorld world;
    const NetworkKey key = world.key().value();
    EXPECT_EQ(key.expires_at, world.clock.now() + 1h);
    EXPECT_FALSE(world.find({.key_id = key.id}));
    const std::string peer = world.fake.join(key.secret.reveal(), "laptop").value();
    EXPECT_FALSE(world.fake.join(key.secret.reveal(), "again")) << "one use";

    EXPECT_EQ(world.find({.key_id = key.id})->sighting.node_id, peer);
    EXPECT_EQ(world.find({.node_id = peer})->sighting.node_id, peer);
    EXPECT_EQ(world.find({.node_id = peer, .key_id = key.id})->sighting.node_id, peer);
    EXPECT_FALSE(world.find({.node_id = "nobody"}));
    EXPECT_FALSE(world.find({.node_id = "../groups"}));
    EXPECT_TRUE(world.revoke(key.id)) << "used";
    EXPECT_EQ(world.find({.key_id = key.id})->sighting.node_id, peer);
    EXPECT_TRUE(world.remove(peer));
    EXPECT_TRUE(world.nodes().empty());
    EXPECT_TRUE(world.remove(peer)) << "twice is once";
    EXPECT_TRUE(world.remove(""));
}

TEST(NetBird, RevokedKeyLetsNobodyIn) {
    NetBirdWorld world;
    const NetworkKey key = world.key().value();
    EXPECT_TRUE(world.revoke(key.id));
    EXPECT_FALSE(world.fake.join(key.secret.reveal(), "laptop"));
    EXPECT_EQ(world.fake.key_count(), 0U);
    EXPECT_TRUE(world.revoke(key.id)) << "twice is once";
    EXPECT_TRUE(world.revoke(""));
}

/// The API's description asks for a day at least: what is shorter, Muster takes back itself.
TEST(NetBird, KeysLiveADayOnTheirServerAtLeast) {
    struct Case {
        const char* name;
        std::chrono::seconds asked;
        std::chrono::seconds kept;
    };
    const Case cases[] = {
        {"shorter", 1h, 24h},
        {"a day", 24h, 24h},
        {"longer", 48h, 48h},
        {"a year", 365 * 24h, 365 * 24h},
        {"longer than allowed", 366 * 24h, 365 * 24h},
        {"nothing: never is not meant", 0s, 24h},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        NetBirdWorld world;
        const NetworkKey first = world.key({}, c.asked).value();
        const NetworkKey second = world.key({}, c.asked).value();
        EXPECT_EQ(first.expires_at, world.clock.now() + std::min(c.asked, c.kept));
        world.clock.advance(c.kept - 1us);
        EXPECT_TRUE(world.fake.join(first.secret.reveal(), "in time"));
        world.clock.advance(1us);
        EXPECT_FALSE(world.fake.join(second.secret.reveal(), "late"));
    }
}

TEST(NetBird, KeysPutPeersIntoGroups) {
    struct Case {
        const char* name;
        Texts of_connection;
        Texts of_request;
        Texts expect;
    };
    const Case cases[] = {
        {"none", {}, {}, {}},
        {"of the request", {"dev"}, {"prod", "web team"}, {"prod", "web team"}},
        {"of the connection", {"dev"}, {}, {"dev"}},
        {"everybody's is everybody's", {"All"}, {}, {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        NetBirdWorld world({}, {.groups = c.of_connection});
        world.joined(c.of_request);
        const std::string peer = world.joined(c.of_request);
        EXPECT_EQ(world.find({.node_id = peer})->sighting.tags, c.expect);
        EXPECT_EQ(world.calls_of("POST /api/groups"), c.expect.size()) << "made once";
    }
}

TEST(NetBird, PeerIsFoundBeforeItsEventCame) {
    NetBirdWorld world;
    const core::Timestamp made_at = world.clock.now();
    const NetworkKey key = world.key().value();
    world.fake.hold_events(true);
    const std::string peer = world.fake.join(key.secret.reveal(), "laptop").value();
    NodeQuery query{.key_id = key.id};
    EXPECT_FALSE(world.find(query));
    query.hostname = "laptop";
    query.key_created_at = made_at;
    world.clock.advance(10s - 1us);
    EXPECT_FALSE(world.find(query)) << "it may turn out to be another device of this name";
    world.clock.advance(1us);
    EXPECT_EQ(world.find(query)->sighting.node_id, peer) << "by its exact name";
    query.hostname = "lapto";
    EXPECT_FALSE(world.find(query));
    world.fake.hold_events(false);
    EXPECT_EQ(world.find(query)->key_id, key.id);

    NodeQuery other{.key_id = "other", .hostname = "laptop", .key_created_at = made_at};
    EXPECT_FALSE(world.find(other)) << "it is known to have used another key";
}

TEST(NetBird, EventsAreAskedForOnlyWhileAKeyIsUnknown) {
    NetBirdWorld world;
    world.fake.add_peer("desktop");
    EXPECT_EQ(world.nodes().size(), 1U);
    EXPECT_EQ(world.calls_of("GET /api/events/audit"), 0U) << "a person's peer has no key";
    const std::string peer = world.joined();
    EXPECT_EQ(world.nodes().size(), 2U);
    EXPECT_EQ(world.calls_of("GET /api/events/audit"), 1U);
    EXPECT_EQ(world.nodes().back().sighting.node_id, peer);
    EXPECT_EQ(world.calls_of("GET /api/events/audit"), 1U);

    world.fake.set_events_max(0);
    world.joined();
    world.nodes();
    world.nodes();
    EXPECT_EQ(world.calls_of("GET /api/events/audit"), 3U) << "it may still come";
    world.clock.advance(5min + 1us);
    world.nodes();
    world.nodes();
    EXPECT_EQ(world.calls_of("GET /api/events/audit"), 4U) << "it will not come any more";
}

TEST(NetBird, WrongCredentialsAreARefusal) {
    NetBirdWorld world({}, {.token = base::Secret<std::string>("nbp_xyzzy")});
    const NodeQuery by_node{.node_id = "1"};
    const std::optional<core::Error> errors[] = {
        world.key().error(),
        world.revoke("1").error(),
        world.remove("1").error(),
        world.push({{"1", TrustLevel::low}}).error(),
        world.events("1").error(),
        fakes::run(world.network->find_node(by_node, NetBirdWorld::soon())).error(),
        fakes::run(world.network->list_nodes(NetBirdWorld::soon())).error(),
        fakes::run(world.network->probe(NetBirdWorld::soon())).error(),
    };
    for (const auto& error : errors) {
        EXPECT_EQ(error->code, Code::network_refused);
        EXPECT_FALSE(error->detail.contains("xyzzy"));
    }
}

TEST(NetBird, PeerInUseIsExplained) {
    NetBirdWorld world;
    const std::string peer = world.joined();
    world.fake.set_in_use(peer);
    const auto removed = world.remove(peer);
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code, Code::network_refused);
    EXPECT_TRUE(removed.error().detail.contains("412")) << removed.error().detail;
    EXPECT_TRUE(removed.error().detail.contains("taken away there first"));
    EXPECT_EQ(world.nodes().size(), 1U);
}

TEST(NetBird, TrustMovesPeersBetweenGroups) {
    NetBirdWorld world;
    const std::string a = world.joined();
    const std::string b = world.joined();
    const std::string other = world.joined();
    EXPECT_TRUE(world.push({{a, TrustLevel::high}, {b, TrustLevel::medium}, {"gone", {}}}));
    EXPECT_EQ(world.fake.members_of("muster-high"), Members{a});
    EXPECT_EQ(world.fake.members_of("muster-medium"), Members{b});
    EXPECT_EQ(world.fake.members_of("muster-low"), Members{});
    world.fake.add_to_group("muster-high", other);
    EXPECT_TRUE(world.push({{a, TrustLevel::low}}));
    EXPECT_EQ(world.fake.members_of("muster-high"), Members{other}) << "others stay";
    EXPECT_EQ(world.fake.members_of("muster-medium"), Members{b});
    EXPECT_EQ(world.fake.members_of("muster-low"), Members{a});
    const std::size_t writes = world.calls_of("PUT");
    EXPECT_TRUE(world.push({{a, TrustLevel::low}, {b, TrustLevel::medium}}));
    EXPECT_EQ(world.calls_of("PUT"), writes) << "nothing to write";

    NetBirdWorld off({}, {.trust_groups = false});
    EXPECT_FALSE(off.network->enforces_trust());
    EXPECT_EQ(off.push({{"x", TrustLevel::low}}).error().code, Code::network_refused);
}

TEST(NetBird, PushesAtOnceLoseNobody) {
    NetBirdWorld world;
    std::vector<std::string> peers;
    for (int i = 0; i < 8; ++i) peers.push_back(world.joined());
    auto push_all = [&]() -> boost::asio::awaitable<int> {
        const auto executor = co_await boost::asio::this_coro::executor;
        int done = 0;
        for (const std::string& peer : peers) {
            std::vector<TrustMark> marks{{peer, TrustLevel::high}};
            auto pushing = world.network->push_trust(std::move(marks), 1h, NetBirdWorld::soon());
            auto ended = [&](std::exception_ptr, const core::Result<void>& result) {
                done += result ? 1 : 100;
            };
            boost::asio::co_spawn(executor, std::move(pushing), ended);
        }
        boost::asio::steady_timer timer(executor);
        while (done < 8) {
            timer.expires_after(1ms);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return done;
    };
    EXPECT_EQ(fakes::run(push_all()), 8);
    EXPECT_EQ(world.fake.members_of("muster-high"), Members(peers.begin(), peers.end()));
}

TEST(NetBird, PeersMayGoBetweenReadingAndWriting) {
    NetBirdWorld world;
    const std::string a = world.joined();
    const std::string b = world.joined();
    ASSERT_TRUE(world.push({{a, TrustLevel::high}, {b, TrustLevel::high}}));
    world.fake.on_next_put([&] { world.fake.drop_peer(a); });
    EXPECT_TRUE(world.push({{a, TrustLevel::low}}));
    EXPECT_EQ(world.fake.members_of("muster-high"), Members{b});
}

TEST(NetBird, WritesThatDoNotStickAreAFailure) {
    NetBirdWorld world;
    const std::string peer = world.joined();
    world.fake.ignore_puts(true);
    const auto pushed = world.push({{peer, TrustLevel::high}});
    ASSERT_FALSE(pushed);
    EXPECT_EQ(pushed.error().code, Code::network_answer_invalid);
    EXPECT_EQ(world.calls_of("PUT"), 3U);
    world.fake.ignore_puts(false);
    EXPECT_TRUE(world.push({{peer, TrustLevel::high}}));
}

TEST(NetBird, EventsArriveOnce) {
    NetBirdWorld world;
    world.joined();
    const std::string start = world.events("").value().cursor;
    EXPECT_TRUE(world.events(start).value().events.empty());
    const NetworkKey key = world.key().value();
    const std::string peer = world.fake.join(key.secret.reveal(), "laptop").value();
    EXPECT_TRUE(world.remove(peer));
    const EventPage page = world.events(start).value();
    ASSERT_EQ(page.events.size(), 3U);
    EXPECT_EQ(page.events[0].type, "setupkey.add");
    EXPECT_EQ(page.events[1].kind, NetworkEvent::Kind::node_joined);
    EXPECT_EQ(page.events[1].node_id, peer);
    EXPECT_EQ(page.events[1].key_id, key.id);
    EXPECT_EQ(page.events[1].at, world.clock.now());
    EXPECT_EQ(page.events[2].kind, NetworkEvent::Kind::node_removed);
    EXPECT_TRUE(world.events(page.cursor).value().events.empty());

    world.fake.set_events_max(2);
    EXPECT_EQ(world.events(start).value().events.front().type, "gap");
}

TEST(NetBird, ProbeSaysWhatWillNotWork) {
    struct Case {
        const char* name;
        fakes::NetBirdFakeOptions fake;
        NetBirdOptions options;
        Texts warnings;  ///< a part of each
    };
    const Case cases[] = {
        {"all is well", {.open_policy = false}, {}, {}},
        {"everybody reaches everybody", {}, {}, {"trust groups change nothing"}},
        {"and trust groups are off", {}, {.trust_groups = false}, {}},
        {"approval", {.peer_approval = true, .open_policy = false}, {}, {"open-source servers"}},
        {"a lesser role",
         {.role = "network_admin", .open_policy = false},
         {},
         {"may not delete peers, create setup_keys, delete setup_keys"}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        NetBirdWorld world(c.fake, c.options);
        const Probe probe = fakes::run(world.network->probe(NetBirdWorld::soon())).value();
        EXPECT_EQ(probe.description, "netbird account example.org, 0 peers");
        ASSERT_EQ(probe.warnings.size(), c.warnings.size());
        for (std::size_t i = 0; i < c.warnings.size(); ++i) {
            EXPECT_TRUE(probe.warnings[i].contains(c.warnings[i])) << probe.warnings[i];
        }
    }
}

TEST(NetBird, LostAnswersAreHealed) {
    NetBirdWorld world;
    const std::string peer = world.joined();
    const std::size_t keys = world.fake.key_count();
    world.fake.server().set_faults({.fault = Fault::reset, .method = "POST"});
    EXPECT_EQ(world.key().error().code, Code::network_unreachable);
    EXPECT_EQ(world.fake.key_count(), keys) << "a key that nobody knows is taken back";
    world.fake.server().set_faults({.fault = Fault::wrong_type, .method = "POST"});
    EXPECT_EQ(world.key().error().code, Code::network_answer_invalid);
    EXPECT_EQ(world.fake.key_count(), keys);
    world.fake.server().set_faults({.fault = Fault::reset, .method = "DELETE"});
    EXPECT_TRUE(world.remove(peer));
    world.fake.server().set_faults({.fault = Fault::error, .count = 9, .method = "DELETE"});
    EXPECT_EQ(world.remove("x").error().code, Code::network_unreachable);
}

}  // namespace
}  // namespace muster::networks
