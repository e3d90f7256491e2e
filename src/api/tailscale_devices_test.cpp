// Nodes in the words of Tailscale's clients; and which one an identifier names.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/tailscale_devices.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace muster::api {
namespace {

networks::Node node_of(const char* id, const char* hostname, const char* name, const char* ip) {
    networks::Node node;
    node.sighting.node_id = id;
    node.sighting.hostname = hostname;
    node.sighting.ip = ip;
    node.name = name;
    return node;
}

TEST(TailscaleDevices, HaveTheirTenMembers) {
    networks::Node node = node_of("n1", "Pc", "pc.tail1234.ts.net", "100.64.0.1");
    node.addresses = {"100.64.0.1", "fd7a:115c:a1e0::1"};
    node.user = "ana@example.org";
    node.os = "linux";
    node.client_version = "1.94.2";
    node.sighting.tags = {"tag:x"};
    node.sighting.online = false;
    EXPECT_EQ(boost::json::serialize(tailscale_device_json(node)),
              R"({"id":"n1","name":"pc.tail1234.ts.net","hostname":"Pc","user":"ana@example.org",)"
              R"("ipAddresses":["100.64.0.1","fd7a:115c:a1e0::1"],"lastSeen":null,"online":false,)"
              R"("os":"linux","clientVersion":"1.94.2","tags":["tag:x"]})");
    node.sighting.last_seen = core::parse_timestamp("2026-11-23T10:00:00Z");
    EXPECT_EQ(tailscale_device_json(node).at("lastSeen").as_string(), "2026-11-23T10:00:00+00:00");
}

TEST(TailscaleDevices, NetworksThatTellLess) {
    const auto device = tailscale_device_json(node_of("7", "pc", "", "100.64.0.7"));
    EXPECT_EQ(device.at("name").as_string(), "pc");
    EXPECT_EQ(boost::json::serialize(device.at("ipAddresses")), R"(["100.64.0.7"])");
    EXPECT_EQ(
        boost::json::serialize(tailscale_device_json(node_of("7", "pc", "", "")).at("ipAddresses")),
        "[]");
}

TEST(TailscaleDevices, AreFoundByWholeNamesAndAddresses) {
    networks::Node six = node_of("n4", "Server", "server.tail1234.ts.net", "100.64.0.4");
    six.addresses = {"100.64.0.4", "fd7a:115c:a1e0::4"};
    const networks::Node nodes[] = {
        node_of("n1", "anas-pc", "anas-pc.tail1234.ts.net", "100.64.0.1"),
        node_of("n2", "localhost", "phone.tail1234.ts.net", "100.64.0.2"),
        node_of("n3", "localhost", "phone-1.tail1234.ts.net", "100.64.0.3"),
        six,
        node_of("n5", "five", "", "100.64.0.5"),
    };
    struct Case {
        const char* identifier;
        const char* id;  ///< null: nobody
        int candidates;
    };
    const Case cases[] = {
        {"anas-pc", "n1", 1},
        {"ANAS-PC", "n1", 1},
        {"anas", nullptr, 0},
        {"anas-pc.tail1234.ts.net", "n1", 1},
        {"Anas-Pc.Tail1234.ts.net.", "n1", 1},
        {"anas-pc.tail1234", nullptr, 0},
        {"tail1234", nullptr, 0},
        {"phone", "n2", 1},
        {"localhost", nullptr, 2},
        {"100.64.0.3", "n3", 1},
        {"100.64.0", nullptr, 0},
        {"fd7a:115c:a1e0::4", "n4", 1},
        {"FD7A:115C:A1E0:0::4", "n4", 1},
        {"fd7a:115c:a1e0::5", nullptr, 0},
        {"server", "n4", 1},
        {"five", "n5", 1},
        {"", nullptr, 0},
        {".", nullptr, 0},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.identifier);
        const NamedDevice found = find_named_device(c.identifier, nodes);
        EXPECT_EQ(found.candidates, c.candidates);
        ASSERT_EQ(found.node != nullptr, c.id != nullptr);
        if (c.id) {
            EXPECT_EQ(found.node->sighting.node_id, c.id);
        }
    }
}

}  // namespace
}  // namespace muster::api
