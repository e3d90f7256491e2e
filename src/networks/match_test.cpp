// Who is taken for a device's node, and who isn't.
// SPDX-License-Identifier: Apache-2.0
#include "networks/match.hpp"

#include <gtest/gtest.h>

namespace muster::networks {
namespace {

constexpr core::Timestamp key_made{std::chrono::seconds(1'795'428'000) +
                                   std::chrono::microseconds(400'000)};

struct Known {
    std::string id;
    std::string hostname;
    std::string name = {};
    std::optional<std::string> key = {};
    std::optional<std::chrono::milliseconds> after_key = std::chrono::seconds(5);
};

Node node_of(const Known& known) {
    Node node;
    node.sighting.node_id = known.id;
    node.sighting.hostname = known.hostname;
    node.name = known.name;
    node.key_id = known.key;
    if (known.after_key) node.created_at = key_made + *known.after_key;
    return node;
}

NodeQuery asked(std::optional<std::string> node, std::optional<std::string> key,
                std::optional<std::string> hostname) {
    return {std::move(node), std::move(key), std::move(hostname), key_made};
}

using By = Match::By;
using namespace std::chrono_literals;

struct Case {
    const char* name;
    NodeQuery query;
    std::vector<Known> nodes;
    By by;
    const char* id;  ///< empty: none
    int candidates;
};

void check(std::span<const Case> cases) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        std::vector<Node> nodes;
        for (const Known& known : c.nodes) nodes.push_back(node_of(known));
        const Match match = match_node(c.query, nodes);
        EXPECT_EQ(match.by, c.by);
        EXPECT_EQ(match.candidates, c.candidates);
        EXPECT_EQ(match.node != nullptr ? match.node->sighting.node_id : "", c.id);
    }
}

TEST(MatchNode, TakesTheStrongestEvidence) {
    const Known a{"1", "a"};
    const Known b{"2", "b"};
    const Known b_with_key{"2", "b", "", "k"};
    const Known c_with_key{"3", "c", "", "k"};
    const Known a_with_other{"1", "a", "", "j"};
    const Known old{"1", "a", "", {}, -99h};
    const Known a_twin{"1", "c"};
    const Case cases[] = {
        {"nobody", asked({}, "k", "pc"), {}, By::nothing, "", 0},
        {"nothing asked", NodeQuery(), {{"1", ""}}, By::nothing, "", 0},
        {"empty matches nobody", asked("", "", ""), {{"", "", "", ""}}, By::nothing, "", 0},
        {"the key", asked({}, "k", {}), {a_with_other, b_with_key}, By::key, "2", 1},
        {"rather than the node", asked("1", "k", {}), {a, b_with_key}, By::key, "2", 1},
        {"two with one key", asked("1", "k", "a"), {a, b_with_key, c_with_key}, By::key, "", 2},
        {"the node bound before", asked("1", "k", "b"), {a, b}, By::node, "1", 1},
        {"however old", asked("1", {}, {}), {old}, By::node, "1", 1},
        {"an id twice", asked("1", {}, "b"), {a, a_twin, b}, By::node, "", 2},
        {"else the host name", asked("9", "k", "b"), {a, b}, By::hostname, "2", 1},
    };
    check(cases);
}

TEST(MatchNode, TakesTheOnlyYoungOneOfAHostName) {
    const Known pc{"1", "pc"};
    const Known full{"2", "Ana's PC", "PC.tail1.ts.net"};
    const Known suffixed{"3", "pc-1", "pc-1.tail1.ts.net"};
    const Known namesake{"4", "pc", "pc-1.tail1.ts.net"};
    const Known old{"5", "pc", "", {}, -1h};
    const Known just_older{"6", "pc", "", {}, -401ms};
    const Known in_same_second{"7", "pc", "", {}, -400ms};
    const Known ageless{"8", "pc", "", {}, {}};
    const Known with_other_key{"9", "pc", "", "j"};
    const Case cases[] = {
        {"in other letters", asked({}, {}, "PC"), {pc}, By::hostname, "1", 1},
        {"the first label", asked({}, {}, "pc"), {full}, By::hostname, "2", 1},
        {"no prefix", asked({}, {}, "pc"), {suffixed}, By::nothing, "", 0},
        {"no suffix", asked({}, {}, "pc-1"), {pc}, By::nothing, "", 0},
        {"no other label", asked({}, {}, "tail1"), {full}, By::nothing, "", 0},
        {"two of one name", asked({}, {}, "pc"), {pc, namesake}, By::hostname, "", 2},
        {"the younger of two", asked({}, {}, "pc"), {old, pc}, By::hostname, "1", 1},
        {"older than the key", asked({}, {}, "pc"), {just_older}, By::nothing, "", 0},
        {"in the key's second", asked({}, {}, "pc"), {in_same_second}, By::hostname, "7", 1},
        {"of unknown age", asked({}, {}, "pc"), {ageless}, By::nothing, "", 0},
        {"with another key", asked({}, "k", "pc"), {with_other_key}, By::nothing, "", 0},
        {"with some key", asked({}, {}, "pc"), {with_other_key}, By::hostname, "9", 1},
    };
    check(cases);
}

TEST(MatchNode, NeedsTheKeysTimeForAHostName) {
    const Node nodes[] = {node_of({"1", "pc"})};
    NodeQuery query = asked({}, {}, "pc");
    query.key_created_at.reset();
    EXPECT_EQ(match_node(query, nodes).candidates, 0);
}

}  // namespace
}  // namespace muster::networks
