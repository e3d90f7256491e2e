// NetBird's JSON.
// SPDX-License-Identifier: Apache-2.0
#include "networks/netbird/records.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace muster::networks::netbird {
namespace {

using Texts = std::vector<std::string>;
using Kind = NetworkEvent::Kind;

TEST(NetBirdRecords, PeerWithEverything) {
    const Node node = to_node(boost::json::parse(R"({
        "id":"chacbco6lnnbn6cg5s90","name":"Laptop","created_at":"2026-11-23T08:00:00Z",
        "ip":"100.90.1.2","ipv6":"fd00::2","connection_ip":"192.0.2.7","connected":true,
        "last_seen":"2026-11-23T09:00:00Z","os":"Linux 12","version":"0.77.1",
        "groups":[{"id":"g2","name":"prod"},{"id":"g1","name":"All"},{"id":"g3","name":"dev"}],
        "user_id":"","hostname":"localhost","dns_label":"laptop.netbird.selfhosted",
        "login_expired":false,"approval_required":false,"serial_number":"S1","unheardOf":[1]})"));
    EXPECT_EQ(node.sighting.network, "netbird");
    EXPECT_EQ(node.sighting.node_id, "chacbco6lnnbn6cg5s90");
    EXPECT_EQ(node.sighting.hostname, "Laptop");
    EXPECT_EQ(node.name, "laptop.netbird.selfhosted");
    EXPECT_EQ(node.sighting.ip, "100.90.1.2");
    EXPECT_EQ(node.addresses, (Texts{"100.90.1.2", "fd00::2"}));
    EXPECT_EQ(node.sighting.tags, (Texts{"dev", "prod"}));
    EXPECT_TRUE(node.sighting.online);
    EXPECT_EQ(node.os, "Linux 12");
    EXPECT_EQ(node.client_version, "0.77.1");
    EXPECT_EQ(node.user, "");
    EXPECT_EQ(node.created_at, core::parse_timestamp("2026-11-23T08:00:00Z"));
    EXPECT_EQ(node.sighting.last_seen, core::parse_timestamp("2026-11-23T09:00:00Z"));
}

TEST(NetBirdRecords, WhoMayNotTalkIsOffline) {
    struct Case {
        const char* name;
        const char* text;
        bool online;
        bool expired;
        bool needs_approval;
    };
    const Case cases[] = {
        {"empty", "{}", false, false, false},
        {"no object", "7", false, false, false},
        {"connected", R"({"connected":true,"last_seen":"0001-01-01T00:00:00Z"})", true, false,
         false},
        {"has to log in", R"({"connected":true,"login_expired":true})", false, true, false},
        {"waits for approval", R"({"connected":true,"approval_required":true})", false, false,
         true},
        {"connected is no bool", R"({"connected":"yes"})", false, false, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Node node = to_node(boost::json::parse(c.text));
        EXPECT_EQ(node.sighting.online, c.online);
        EXPECT_EQ(node.expired, c.expired);
        EXPECT_EQ(node.needs_approval, c.needs_approval);
        EXPECT_FALSE(node.sighting.last_seen);
    }
}

TEST(NetBirdRecords, GroupsAreWrittenWhole) {
    const Group group = to_group(boost::json::parse(R"({"id":"g","name":"n","peers_count":2,
        "peers":[{"id":"b","name":"x"},{"id":"a","name":"y"}],
        "resources":[{"id":"r","type":"host"}]})"));
    EXPECT_EQ(boost::json::serialize(to_json(group)),
              R"({"name":"n","peers":["a","b"],"resources":[{"id":"r","type":"host"}]})");
    const Group empty = to_group(boost::json::parse(R"({"id":"g","name":"n","peers":null})"));
    EXPECT_EQ(boost::json::serialize(to_json(empty)), R"({"name":"n","peers":[],"resources":[]})");
}

TEST(NetBirdRecords, EventsByTheirCodes) {
    struct Case {
        const char* name;
        AuditEvent event;
        Kind kind;
        std::optional<std::string> node_id;
        std::optional<std::string> key_id;
    };
    const Case cases[] = {
        {"joined by key", {1, "peer.setupkey.add", "k", "p", "", {}}, Kind::node_joined, "p", "k"},
        {"joined by a person", {1, "peer.user.add", "u", "p", "", {}}, Kind::node_joined, "p", {}},
        {"removed", {1, "user.peer.delete", "u", "p", "", {}}, Kind::node_removed, "p", {}},
        {"regrouped", {1, "peer.group.add", "u", "p", "dev", {}}, Kind::node_changed, "p", {}},
        {"our own doing", {1, "peer.group.add", "u", "p", "muster-low", {}}, Kind::other, {}, {}},
        {"something else", {1, "policy.add", "u", "x", "", {}}, Kind::other, {}, {}},
        {"unheard of", {1, "peer.teleport", "u", "p", "", {}}, Kind::other, {}, {}},
        {"a join of nobody", {1, "peer.setupkey.add", "k", "", "", {}}, Kind::node_joined, {}, {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const NetworkEvent event = to_network_event(c.event);
        EXPECT_EQ(event.kind, c.kind);
        EXPECT_EQ(event.node_id, c.node_id);
        EXPECT_EQ(event.key_id, c.key_id);
        EXPECT_EQ(event.type, c.event.code);
    }
}

TEST(NetBirdRecords, PagesFollowTheCursor) {
    struct Case {
        const char* name;
        std::string cursor;
        std::vector<std::uint64_t> shown;
        Texts expect;  ///< types: each event's is its number
        std::string next;
    };
    const Case cases[] = {
        {"from now on", "", {9, 8, 7}, {}, "9"},
        {"from now on, when nothing happened yet", "", {}, {}, "0"},
        {"nothing new", "9", {9, 8, 7}, {}, "9"},
        {"two new ones, oldest first", "7", {9, 8, 7}, {"8", "9"}, "9"},
        {"numbers are no texts", "9", {10, 9}, {"10"}, "10"},
        {"the first ever", "0", {2, 1}, {"1", "2"}, "2"},
        {"too many since", "6", {9, 8, 7}, {"gap", "7", "8", "9"}, "9"},
        {"the log was thrown away", "100", {2, 1}, {"gap"}, "2"},
        {"the log is empty", "100", {}, {"gap"}, "0"},
        {"a cursor that is none", "x", {9}, {}, "9"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        std::vector<AuditEvent> events;
        for (const std::uint64_t id : c.shown) {
            events.push_back({id, std::to_string(id), "", "", "", {}});
        }
        const EventPage page = page_after(c.cursor, events);
        Texts types;
        for (const NetworkEvent& event : page.events) types.push_back(event.type);
        EXPECT_EQ(types, c.expect);
        EXPECT_EQ(page.cursor, c.next);
    }
}

TEST(NetBirdRecords, EventsWithoutANumberAreLeftOut) {
    const auto events = to_events(boost::json::parse(R"([
        {"id":"12","activity_code":"peer.setupkey.add","initiator_id":"k","target_id":"p",
         "timestamp":"2026-11-23T10:00:00Z","meta":{"group":"dev"}},
        {"id":13},{"id":"x"},{"id":"-1"},{},7])"));
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].id, 12U);
    EXPECT_EQ(events[0].group, "dev");
    EXPECT_TRUE(is_join_by_key(events[0]));
    EXPECT_EQ(events[1].id, 13U);
    EXPECT_TRUE(to_events({}).empty());
}

TEST(NetBirdRecords, RightsThatAreMissing) {
    struct Case {
        const char* name;
        std::string modules;
        bool writes_groups;
        std::size_t missing;
    };
    const char* all = R"({"peers":{"read":true,"delete":true},
        "setup_keys":{"create":true,"delete":true},
        "groups":{"read":true,"create":true,"update":true},"events":{"read":true}})";
    const Case cases[] = {
        {"all", all, true, 0},
        {"not told", "null", true, 0},
        {"none", "{}", true, 8},
        {"none, and no groups to write", "{}", false, 7},
        {"may not make keys",
         R"({"peers":{"read":true,"delete":true},"setup_keys":{"create":false,"delete":true},
             "groups":{"read":true,"create":true,"update":true},"events":{"read":true}})",
         true, 1},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto user = boost::json::parse(R"({"permissions":{"modules":)" + c.modules + "}}");
        EXPECT_EQ(missing_rights(user, c.writes_groups).size(), c.missing);
    }
}

TEST(NetBirdRecords, OpenPolicies) {
    const auto policy = [](std::string_view enabled, std::string_view from, std::string_view to,
                           std::string_view action) {
        std::string text = R"([{"enabled":)";
        text += enabled;
        text += R"(,"rules":[{"enabled":true,"action":")";
        text += action;
        text += R"(","sources":[{"name":")";
        text += from;
        text += R"("}],"destinations":[{"name":")";
        text += to;
        return boost::json::parse(text + R"("}]}]}])");
    };
    EXPECT_TRUE(has_open_policy(policy("true", "All", "All", "accept")));
    EXPECT_FALSE(has_open_policy(policy("false", "All", "All", "accept")));
    EXPECT_FALSE(has_open_policy(policy("true", "All", "muster-high", "accept")));
    EXPECT_FALSE(has_open_policy(policy("true", "muster-high", "All", "accept")));
    EXPECT_FALSE(has_open_policy(policy("true", "All", "All", "drop")));
    EXPECT_FALSE(has_open_policy({}));
}

}  // namespace
}  // namespace muster::networks::netbird
