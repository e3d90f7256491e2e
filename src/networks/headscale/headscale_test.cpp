// The Headscale connector against the fake of each line.
// SPDX-License-Identifier: Apache-2.0
#include "networks/headscale/headscale.hpp"

#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/networks/headscale_fake.hpp"
#include "fakes/random.hpp"
#include "fakes/run.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;
using core::Code;
using core::TrustLevel;
using fakes::Fault;
using Texts = std::vector<std::string>;

constexpr const char* good_policy =
    R"({"tagOwners":{"tag:muster-high":[],"tag:muster-medium":[],"tag:muster-low":[],"tag:a":[]}})";

HeadscaleOptions quick(HeadscaleOptions options = {.user = "muster"}) {
    options.api.retry_first = 1ms;
    options.api.calls_per_second_max = 10'000;
    options.api.failures_until_pause = 1'000;
    return options;
}

struct HeadscaleWorld {
    explicit HeadscaleWorld(fakes::HeadscaleFakeOptions fake_options = {},
                            HeadscaleOptions options = {.user = "muster"})
        : fake(std::move(fake_options), clock) {
        options = quick(std::move(options));
        options.api.base_url = fake.url();
        if (options.api_key.reveal().empty()) {
            options.api_key = base::Secret<std::string>("hskey-api-fake000000-fake");
        }
        network = make_headscale(std::move(options), clock, random);
    }
    static Deadline soon() { return std::chrono::steady_clock::now() + 20s; }

    core::Result<NetworkKey> key(Texts tags = {}) {
        KeyRequest request{"d1", "laptop", std::move(tags), 1h};
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
    std::size_t node_count() { return fakes::run(network->list_nodes(soon())).value().size(); }
    core::Result<void> push(std::vector<TrustMark> marks) {
        return fakes::run(network->push_trust(std::move(marks), 1h, soon()));
    }
    Probe probe() { return fakes::run(network->probe(soon())).value(); }
    /// Makes a key and lets a client join with it.
    std::string joined(Texts tags = {}) {
        return fake.join(key(std::move(tags)).value().secret.reveal(), "laptop").value();
    }

    fakes::FakeClock clock;
    fakes::FakeRandom random;
    fakes::HeadscaleFake fake;
    std::unique_ptr<Network> network;
};

TEST(Headscale, KeyAndNodeLiveAndDieOnEveryLine) {
    for (const int minor : {26, 27, 28, 29, 30}) {
        for (const bool numeric : {false, true}) {
            SCOPED_TRACE(std::to_string(minor) + (numeric ? " numbers" : " texts"));
            HeadscaleWorld world({.minor = minor, .numeric_ids = numeric});
            const NetworkKey key = world.key().value();
            EXPECT_EQ(key.expires_at, world.clock.now() + 1h);
            EXPECT_FALSE(world.find({.key_id = key.id}));
            const std::string node = world.fake.join(key.secret.reveal(), "laptop").value();
            EXPECT_FALSE(world.fake.join(key.secret.reveal(), "again")) << "one use";

            EXPECT_EQ(world.find({.key_id = key.id})->sighting.node_id, node);
            EXPECT_EQ(world.find({.node_id = node})->key_id, key.id);
            EXPECT_EQ(world.find({.node_id = node, .key_id = key.id})->sighting.node_id, node);
            EXPECT_EQ(world.find({.node_id = node})->user, "muster");
            EXPECT_FALSE(world.find({.node_id = "999"}));
            EXPECT_FALSE(world.find({.node_id = "x/../1"}));

            EXPECT_TRUE(world.revoke(key.id)) << "used";
            world.fake.restart();
            EXPECT_EQ(world.find({.key_id = key.id})->sighting.node_id, node)
                << "a node must not forget the key that it joined with";
            EXPECT_TRUE(world.remove(node));
            EXPECT_EQ(world.node_count(), 0U);
            EXPECT_TRUE(world.remove(node)) << "twice is once";
            EXPECT_TRUE(world.remove("x"));
        }
    }
}

TEST(Headscale, RevokedKeyLetsNobodyIn) {
    for (const int minor : {26, 28, 29, 30}) {
        SCOPED_TRACE(minor);
        HeadscaleWorld world({.minor = minor});
        const NetworkKey key = world.key().value();
        EXPECT_TRUE(world.revoke(key.id));
        EXPECT_FALSE(world.fake.join(key.secret.reveal(), "laptop"));
        EXPECT_EQ(world.fake.key_count(), minor < 28 ? 1U : 0U);
        EXPECT_TRUE(world.revoke(key.id)) << "twice is once";
        EXPECT_TRUE(world.revoke("999")) << "unknown";
        EXPECT_TRUE(world.revoke("no number"));
        EXPECT_TRUE(world.revoke(""));
    }
}

TEST(Headscale, KeysDieWithTheirLifetime) {
    HeadscaleWorld world;
    const NetworkKey first = world.key().value();
    const NetworkKey second = world.key().value();
    world.clock.advance(1h - 1us);
    EXPECT_TRUE(world.fake.join(first.secret.reveal(), "in time"));
    world.clock.advance(1us);
    EXPECT_FALSE(world.fake.join(second.secret.reveal(), "late"));
}

TEST(Headscale, KeysBelongToTagsOrToTheUser) {
    struct Case {
        const char* name;
        int minor;
        HeadscaleOptions options;
        Texts tags;
        bool made;
        Texts expect;
    };
    const Case cases[] = {
        {"user", 29, {.user = "muster"}, {}, true, {}},
        {"tags of the request",
         29,
         {.user = "muster", .tags = {"tag:b"}},
         {"tag:a"},
         true,
         {"tag:a"}},
        {"tags of the connection", 29, {.tags = {"tag:b"}}, {}, true, {"tag:b"}},
        {"neither", 29, {}, {}, false, {}},
        {"unknown user", 29, {.user = "nobody"}, {}, false, {}},
        {"unknown user, not needed", 29, {.user = "nobody"}, {"tag:a"}, true, {"tag:a"}},
        {"0.26: tags need a user too", 26, {.user = "nobody"}, {"tag:a"}, false, {}},
        {"0.26: tags and a user", 26, {.user = "muster"}, {"tag:a"}, true, {"tag:a"}},
        {"a tag that is none", 29, {.user = "muster"}, {"prod"}, false, {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        HeadscaleWorld world({.minor = c.minor}, c.options);
        const auto key = world.key(c.tags);
        EXPECT_EQ(key.has_value(), c.made);
        if (!c.made) {
            EXPECT_EQ(key.error().code, Code::network_refused);
            EXPECT_EQ(world.fake.key_count(), 0U);
        } else {
            const std::string node = world.fake.join(key->secret.reveal(), "laptop").value();
            EXPECT_EQ(world.find({.node_id = node})->sighting.tags, c.expect);
        }
    }
}

TEST(Headscale, NodeIsFoundByNameOnlyIfItCameAfterTheKey) {
    HeadscaleWorld world;
    const core::Timestamp before = world.clock.now();
    const std::string old = world.fake.add_node("laptop");
    world.clock.advance(1min);
    const core::Timestamp made_at = world.clock.now();
    NodeQuery query{.key_id = "77", .hostname = "laptop", .key_created_at = made_at};
    EXPECT_FALSE(world.find(query));
    query.key_created_at = before;
    EXPECT_EQ(world.find(query)->sighting.node_id, old);
    query.hostname = "lap";
    EXPECT_FALSE(world.find(query));
    query.hostname = "laptop";
    world.fake.add_node("LAPTOP");
    EXPECT_FALSE(world.find(query)) << "two candidates are none";
}

TEST(Headscale, ExpiredNodeIsNotOnline) {
    HeadscaleWorld world;
    const std::string node = world.joined();
    EXPECT_TRUE(world.find({.node_id = node})->sighting.online);
    world.fake.set_expiry(node, world.clock.now());
    EXPECT_TRUE(world.find({.node_id = node})->expired);
    EXPECT_FALSE(world.find({.node_id = node})->sighting.online);
}

TEST(Headscale, NodeThatLogsInAnewStaysTheSame) {
    HeadscaleWorld world;
    const NetworkKey first = world.key().value();
    const std::string node = world.fake.join(first.secret.reveal(), "laptop").value();
    const auto created_at = world.find({.node_id = node})->created_at;
    world.clock.advance(1h);
    world.fake.set_expiry(node, world.clock.now());
    const NetworkKey second = world.key().value();
    ASSERT_TRUE(world.fake.log_in_again(node, second.secret.reveal()));

    const auto found = world.find({.key_id = second.id});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sighting.node_id, node);
    EXPECT_FALSE(found->expired);
    EXPECT_EQ(found->created_at, created_at) << "older than its key";
    EXPECT_FALSE(world.find({.key_id = first.id})) << "nobody is there with it any more";
    EXPECT_TRUE(world.find({.node_id = node, .key_id = first.id})) << "but who was bound is";
}

TEST(Headscale, WrongCredentialsAreARefusal) {
    for (const int minor : {29, 30}) {
        SCOPED_TRACE(minor);
        HeadscaleOptions options{.api_key = base::Secret<std::string>("hskey-api-wrong-xyzzy"),
                                 .user = "muster",
                                 .trust_tags = true};
        HeadscaleWorld world({.minor = minor}, std::move(options));
        const NodeQuery by_node{.node_id = "1"};
        const std::optional<core::Error> errors[] = {
            world.key().error(),
            world.revoke("1").error(),
            world.remove("1").error(),
            world.push({{"1", TrustLevel::low}}).error(),
            fakes::run(world.network->find_node(by_node, HeadscaleWorld::soon())).error(),
            fakes::run(world.network->list_nodes(HeadscaleWorld::soon())).error(),
            fakes::run(world.network->probe(HeadscaleWorld::soon())).error(),
        };
        for (const auto& error : errors) {
            EXPECT_EQ(error->code, Code::network_refused);
            EXPECT_FALSE(error->detail.contains("xyzzy"));
        }
    }
}

TEST(Headscale, TrustStandsBesideOtherTags) {
    HeadscaleWorld world({.policy = good_policy}, {.user = "muster", .trust_tags = true});
    const std::string tagged = world.joined({"tag:a"});
    const std::string owned = world.joined();
    EXPECT_TRUE(world.network->enforces_trust());
    EXPECT_TRUE(world.push({{tagged, TrustLevel::high}, {owned, TrustLevel::high}, {"999", {}}}));
    EXPECT_EQ(world.fake.tags_of(tagged), (Texts{"tag:a", "tag:muster-high"}));
    EXPECT_EQ(world.fake.tags_of(owned), Texts{}) << "a tag would take it from its user for good";
    const std::size_t calls = world.fake.server().requests().size();
    EXPECT_TRUE(world.push({{tagged, TrustLevel::high}}));
    EXPECT_EQ(world.fake.server().requests().size(), calls + 1) << "nothing to write";
    EXPECT_TRUE(world.push({{tagged, TrustLevel::low}}));
    EXPECT_EQ(world.fake.tags_of(tagged), (Texts{"tag:a", "tag:muster-low"}));

    HeadscaleWorld old({.minor = 26}, {.user = "muster", .trust_tags = true});
    const std::string both = old.joined();
    EXPECT_TRUE(old.push({{both, TrustLevel::medium}}));
    EXPECT_EQ(old.fake.tags_of(both), Texts{"tag:muster-medium"});
}

/// A real one keeps each writer waiting for a second: one after the other, 500 took nine minutes.
TEST(Headscale, TagsAreWrittenSideBySide) {
    HeadscaleWorld world({.policy = good_policy}, {.user = "muster", .trust_tags = true});
    std::vector<TrustMark> marks;
    for (int i = 0; i < 20; ++i) marks.push_back({world.joined({"tag:a"}), TrustLevel::high});
    world.fake.server().set_faults(
        {.fault = Fault::slow, .count = 99, .method = "POST", .delay = 200ms});
    EXPECT_TRUE(world.push(marks));
    for (const TrustMark& mark : marks) {
        EXPECT_EQ(world.fake.tags_of(mark.node_id), (Texts{"tag:a", "tag:muster-high"}));
    }
    EXPECT_GT(world.fake.server().most_at_once(), 1U);
    EXPECT_LE(world.fake.server().most_at_once(), 8U);
}

TEST(Headscale, ManyRefusedTagsAreOneFinding) {
    HeadscaleWorld world({.policy = R"({"tagOwners":{"tag:a":[]}})"},
                         {.user = "muster", .trust_tags = true});
    std::vector<TrustMark> marks;
    for (int i = 0; i < 30; ++i) marks.push_back({world.joined({"tag:a"}), TrustLevel::high});
    testing::internal::CaptureStderr();
    EXPECT_FALSE(world.push(marks));
    const std::string log = testing::internal::GetCapturedStderr();
    const auto first = log.find("headscale_trust_tags_unknown");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(log.find("headscale_trust_tags_unknown", first + 1), std::string::npos);
    std::size_t writes = 0;
    for (const std::string& call : world.fake.server().requests()) writes += call.ends_with("tags");
    EXPECT_LT(writes, marks.size()) << "nobody goes on when it is known";
}

TEST(Headscale, UnknownTrustTagsPauseTheEnforcement) {
    HeadscaleWorld world({.policy = R"({"tagOwners":{"tag:a":[]}})"},
                         {.user = "muster", .trust_tags = true});
    const std::string node = world.joined({"tag:a"});
    const std::vector<TrustMark> marks{{node, TrustLevel::high}};
    const auto refused = world.push(marks);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::network_refused);
    EXPECT_TRUE(refused.error().detail.contains("tag:muster-high")) << refused.error().detail;
    EXPECT_FALSE(world.network->enforces_trust());
    world.fake.set_policy(good_policy);
    world.clock.advance(15min - 1us);
    EXPECT_FALSE(world.network->enforces_trust());
    EXPECT_FALSE(world.push(marks));
    world.clock.advance(1us);
    EXPECT_TRUE(world.network->enforces_trust());
    EXPECT_TRUE(world.push(marks));
}

TEST(Headscale, OneNodeWithAnUnknownTagOfItsOwnStopsNobodyElse) {
    HeadscaleWorld world({.policy = good_policy}, {.user = "muster", .trust_tags = true});
    const std::string odd = world.joined({"tag:unheard-of"});
    const std::string good = world.joined({"tag:a"});
    EXPECT_FALSE(world.push({{odd, TrustLevel::high}, {good, TrustLevel::high}}));
    EXPECT_EQ(world.fake.tags_of(good), (Texts{"tag:a", "tag:muster-high"}));
    EXPECT_TRUE(world.network->enforces_trust());
}

TEST(Headscale, ProbeSaysWhatWillNotWork) {
    struct Case {
        const char* name;
        fakes::HeadscaleFakeOptions fake;
        HeadscaleOptions options;
        Texts warnings;  ///< a part of each
    };
    const Texts tags{"tag:a"};
    const Case cases[] = {
        {"all is well", {}, {.user = "muster"}, {}},
        {"all is well with trust",
         {.policy = good_policy},
         {.user = "muster", .tags = tags, .trust_tags = true},
         {}},
        {"unknown user", {}, {.user = "nobody"}, {"nobody"}},
        {"neither user nor tags", {}, {}, {"no key can be made"}},
        {"tags without owners", {.policy = "{}"}, {.tags = tags}, {"tag:a"}},
        {"no policy", {}, {.tags = tags}, {"no policy could be read"}},
        {"trust for nodes of users",
         {.policy = good_policy},
         {.user = "muster", .trust_tags = true},
         {"left alone"}},
        {"an old server", {.minor = 26}, {.user = "muster"}, {"before 0.28"}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        HeadscaleWorld world(c.fake, c.options);
        const Probe probe = world.probe();
        EXPECT_EQ(probe.description, "headscale 0." + std::to_string(c.fake.minor) + ", 0 nodes");
        ASSERT_EQ(probe.warnings.size(), c.warnings.size());
        for (std::size_t i = 0; i < c.warnings.size(); ++i) {
            EXPECT_TRUE(probe.warnings[i].contains(c.warnings[i])) << probe.warnings[i];
        }
    }
}

TEST(Headscale, LostAnswersAreHealedByRepeating) {
    for (const int minor : {26, 29, 30}) {
        SCOPED_TRACE(minor);
        HeadscaleWorld world({.minor = minor});
        const std::string node = world.joined();
        world.fake.server().set_faults({.fault = fakes::Fault::reset, .method = "DELETE"});
        EXPECT_TRUE(world.remove(node));
        const NetworkKey key = world.key().value();
        world.fake.server().set_faults({.fault = fakes::Fault::reset, .method = "POST"});
        EXPECT_TRUE(world.revoke(key.id));
        world.fake.server().set_faults({.fault = fakes::Fault::reset, .method = "POST"});
        const std::size_t before = world.fake.key_count();
        EXPECT_EQ(world.key().error().code, Code::network_unreachable);
        EXPECT_EQ(world.fake.key_count(), before + 1) << "made once, and nobody knows its secret";
    }
}

TEST(Headscale, NodesThatCannotBeRemovedAreAFailure) {
    HeadscaleWorld world;
    const std::string node = world.joined();
    world.fake.server().set_faults({.fault = fakes::Fault::error, .count = 9, .method = "DELETE"});
    EXPECT_EQ(world.remove(node).error().code, Code::network_unreachable);
    EXPECT_TRUE(world.find({.node_id = node})->expired) << "its peers are told at least";
    world.fake.server().set_faults({});
    EXPECT_TRUE(world.remove(node));
}

}  // namespace
}  // namespace muster::networks
