// The simulated network: what goes wrong on request, and deadlines.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "networks/simulated/world_test.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;
using core::Code;

template <class T>
std::optional<Code> code_of(const core::Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
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

}  // namespace
}  // namespace muster::networks
