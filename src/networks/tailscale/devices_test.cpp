// Device objects and keys as Tailscale's API writes and wants them.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/devices.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "networks/tailscale/keys.hpp"

namespace muster::networks {
namespace {

using core::Code;
using namespace std::chrono_literals;

constexpr core::Timestamp now{std::chrono::seconds(1'795'428'000)};

TEST(TailscaleKeys, AreShortLivedAndForOneDevice) {
    using std::chrono::seconds;
    struct Case {
        seconds lifetime;
        std::int64_t expect;
    };
    for (const Case& c : {Case{0s, 1}, Case{1s, 1}, Case{24h, 86'400}, Case{90 * 24h, 7'776'000},
                          Case{90 * 24h + 1s, 7'776'000}}) {
        SCOPED_TRACE(c.lifetime.count());
        KeyRequest request{.device_id = "d", .hostname = "pc", .tags = {"tag:a"}};
        request.lifetime = c.lifetime;
        const auto body = boost::json::parse(key_request_body(request));
        EXPECT_EQ(body.at("expirySeconds").as_int64(), c.expect);
        const auto& create = body.at("capabilities").at("devices").at("create");
        EXPECT_EQ(create, boost::json::parse(R"({"reusable":false,"ephemeral":false,)"
                                             R"("preauthorized":true,"tags":["tag:a"]})"));
    }
}

TEST(TailscaleKeys, FindsTheUnusedOnesOfADevice) {
    const auto keys = boost::json::parse(
        R"({"keys":[{"id":"k1","description":"muster d","created":"2026-11-23T10:00:00Z"},)"
        R"({"id":"k2","description":"muster d","created":"2026-11-23T10:00:00Z","keyType":"auth"},)"
        R"({"id":"used","description":"muster d","created":"2026-11-23T10:00:00Z","invalid":true},)"
        R"({"id":"older","description":"muster d","created":"2026-11-23T09:59:59Z"},)"
        R"({"id":"other","description":"muster d2","created":"2026-11-23T10:00:00Z"},)"
        R"({"id":"client","keyType":"client","description":"muster d",)"
        R"("created":"2026-11-23T10:00:00Z"},{"id":"bare"},7]})");
    EXPECT_EQ(unused_keys(keys, "muster d", now), (std::vector<std::string>{"k1", "k2"}));
    EXPECT_TRUE(unused_keys(boost::json::parse("{}"), "muster d", now).empty());
}

TEST(TailscaleKeys, DescriptionsAreWhatTheApiTakes) {
    const std::string uuid = "0198a0b2-7c55-7d10-9f8e-0123456789ab";
    EXPECT_EQ(key_description(uuid), "muster " + uuid);
    EXPECT_EQ(key_description("a_b.c/d\u00e9"), "muster a-b-c-d--");
    EXPECT_EQ(key_description(std::string(43, 'x')).size(), 50u);
    EXPECT_EQ(key_description(std::string(44, 'x')).size(), 50u);
}

TEST(TailscaleDevices, ReadsDevicesWithTheirTraps) {
    const core::Timestamp earlier = now - 1h;
    const std::string before = core::to_text(earlier).substr(0, 19) + "Z";
    struct Case {
        const char* name;
        std::string members;
        bool online;
        std::optional<core::Timestamp> last_seen;
        bool needs_approval;
        bool expired;
    };
    const std::string approved = R"("authorized":true)";
    const Case cases[] = {
        {"connected", approved + R"(,"connectedToControl":true)", true, now, false, false},
        {"gone", approved + R"(,"connectedToControl":false,"lastSeen":")" + before + '"', false,
         earlier, false, false},
        {"never seen", approved + R"(,"connectedToControl":false)", false, {}, false, false},
        {"Headscale, connected", approved, true, now, false, false},
        {"Headscale, gone", approved + R"(,"lastSeen":")" + before + '"', false, earlier, false,
         false},
        {"waits for approval", R"("authorized":false,"connectedToControl":true)", false, now, true,
         false},
        {"says nothing of approval", R"("connectedToControl":true)", false, now, true, false},
        {"key expired", approved + R"(,"connectedToControl":true,"expires":")" + before + '"', true,
         now, false, true},
        {"key expired, but that is off",
         approved + R"(,"connectedToControl":true,)" + R"("keyExpiryDisabled":true,"expires":")" +
             before + '"',
         true, now, false, false},
        {"no expiry", approved + R"(,"connectedToControl":true,"expires":"0001-01-01T00:00:00Z")",
         true, now, false, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Node node = node_of_device(boost::json::parse("{" + c.members + "}"), now);
        EXPECT_EQ(node.sighting.online, c.online);
        EXPECT_EQ(node.sighting.last_seen, c.last_seen);
        EXPECT_EQ(node.needs_approval, c.needs_approval);
        EXPECT_EQ(node.expired, c.expired);
    }
}

TEST(TailscaleDevices, ReadsWhatElseADeviceIs) {
    const auto device = boost::json::parse(
        R"({"id":"92960230385","nodeId":"n292kg92CNTRL","addresses":["fd7a:115c:a1e0::1",)"
        R"("100.87.74.78"],"name":"pc.tail1234.ts.net","hostname":"PC","os":"linux",)"
        R"("clientVersion":"1.94.2","user":"ana@example.org","created":"2026-11-01T05:23:30Z",)"
        R"("tags":null,"new member":{"of":["a later version"]}})");
    const Node node = node_of_device(device, now);
    EXPECT_EQ(node.sighting.node_id, "n292kg92CNTRL");
    EXPECT_EQ(node.sighting.hostname, "PC");
    EXPECT_EQ(node.sighting.ip, "100.87.74.78");
    EXPECT_EQ(node.addresses.size(), 2u);
    EXPECT_EQ(node.name, "pc.tail1234.ts.net");
    EXPECT_EQ(node.user, "ana@example.org");
    EXPECT_EQ(node.os, "linux");
    EXPECT_EQ(node.client_version, "1.94.2");
    EXPECT_EQ(node.created_at, core::parse_timestamp("2026-11-01T05:23:30Z"));
    EXPECT_FALSE(node.key_id.has_value());
    const auto tagged = boost::json::parse(
        R"({"id":"7","addresses":["fd7a::1"],"user":"ana@example.org","tags":["tag:a"],"created":""})");
    const Node other = node_of_device(tagged, now);
    EXPECT_EQ(other.sighting.node_id, "7") << "the older id where there is no other";
    EXPECT_EQ(other.sighting.ip, "fd7a::1");
    EXPECT_EQ(other.user, "") << "a tagged device is nobody's";
    EXPECT_FALSE(other.created_at.has_value());
}

TEST(TailscaleDevices, RefusesListsThatAreNone) {
    for (const char* text :
         {"[]", "{}", R"({"devices":7})", R"({"devices":[{}]})", R"({"devices":[7]})"}) {
        SCOPED_TRACE(text);
        const auto nodes = nodes_of_devices(boost::json::parse(text), now);
        ASSERT_FALSE(nodes.has_value());
        EXPECT_EQ(nodes.error().code, Code::network_answer_invalid);
    }
    EXPECT_TRUE(nodes_of_devices(boost::json::parse(R"({"devices":null})"), now).has_value());
}

}  // namespace
}  // namespace muster::networks
