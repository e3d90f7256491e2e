// Headscale's JSON as the lines 0.26 to 0.30 send it.
// SPDX-License-Identifier: Apache-2.0
#include "networks/headscale/records.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace muster::networks::headscale {
namespace {

const core::Timestamp now = core::parse_timestamp("2026-11-23T10:00:00Z").value();
using Texts = std::vector<std::string>;

Node node(std::string_view text) {
    return to_node(boost::json::parse(text), now);
}

TEST(HeadscaleRecords, Versions) {
    struct Case {
        const char* name;
        std::string text;
        std::optional<Version> expect;
    };
    const Case cases[] = {
        {"tagged", "v0.29.2", Version{0, 29}},
        {"without the letter", "0.26.1", Version{0, 26}},
        {"before a release", "v0.30.0-beta.1", Version{0, 30}},
        {"two parts", "v1.0", Version{1, 0}},
        {"a build of one's own", "dev", {}},
        {"empty", "", {}},
        {"one part", "v0", {}},
        {"negative", "v0.-1", {}},
        {"beyond a number", "v0.99999999999999999999", {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(parse_version(c.text), c.expect);
    }
    EXPECT_LT((Version{0, 27}), tags_own_nodes);
    EXPECT_LT(tags_own_nodes, (Version{1, 0}));
    EXPECT_EQ(version_of(404, {}), (Version{0, 26})) << "no such path before 0.27";
    EXPECT_EQ(version_of(200, boost::json::parse(R"({"version":"v0.28.0"})")), (Version{0, 28}));
    EXPECT_EQ(version_of(200, boost::json::parse(R"({"version":"dev"})")), (Version{0, 30}));
}

TEST(HeadscaleRecords, NodeWithEverything) {
    const Node full = node(R"({
        "id":"7","machineKey":"mkey:1","nodeKey":"nodekey:2","discoKey":"discokey:3",
        "ipAddresses":["100.64.0.7","fd7a:115c:a1e0::7"],"name":"Laptop","givenName":"laptop-1",
        "user":{"id":"1","name":"ana"},"lastSeen":"2026-11-23T09:00:00.123456789Z","expiry":null,
        "preAuthKey":{"id":"12","key":"hskey-auth-abc-***","used":true},
        "createdAt":"2026-11-23T08:00:00Z","registerMethod":"REGISTER_METHOD_AUTH_KEY",
        "online":true,"tags":[],"subnetRoutes":[],"unheardOf":{"x":1}})");
    EXPECT_EQ(full.sighting.network, "headscale");
    EXPECT_EQ(full.sighting.node_id, "7");
    EXPECT_EQ(full.sighting.hostname, "Laptop");
    EXPECT_EQ(full.name, "laptop-1");
    EXPECT_EQ(full.sighting.ip, "100.64.0.7");
    EXPECT_EQ(full.addresses.size(), 2U);
    EXPECT_EQ(full.user, "ana");
    EXPECT_EQ(full.key_id, "12");
    EXPECT_TRUE(full.sighting.online);
    EXPECT_FALSE(full.expired);
    EXPECT_EQ(full.created_at, now - std::chrono::hours(2));
    EXPECT_EQ(full.sighting.last_seen, now) << "it is there";
    const Node left = node(R"({"id":"7","lastSeen":"2026-11-23T09:00:00.123456789Z"})");
    EXPECT_EQ(left.sighting.last_seen,
              now - std::chrono::hours(1) + std::chrono::microseconds(123'456));
}

TEST(HeadscaleRecords, NodesOfOtherLines) {
    struct Case {
        const char* name;
        std::string text;
        std::string node_id;
        std::optional<std::string> key_id;
        std::string user;
        Texts tags;
        Texts writable;
    };
    const Case cases[] = {
        {"empty", "{}", "", {}, "", {}, {}},
        {"no object", "[]", "", {}, "", {}, {}},
        {"ids as numbers", R"({"id":7,"preAuthKey":{"id":12}})", "7", "12", "", {}, {}},
        {"without a key", R"({"id":"7","preAuthKey":null})", "7", {}, "", {}, {}},
        {"owned by its tags",
         R"({"id":"7","user":{"name":"tagged-devices"},"tags":["tag:b","tag:a"]})",
         "7",
         {},
         "",
         {"tag:a", "tag:b"},
         {"tag:b", "tag:a"}},
        {"tagged, with who made its key",
         R"({"id":"7","user":{"name":"ana"},"tags":["tag:a"]})",
         "7",
         {},
         "",
         {"tag:a"},
         {"tag:a"}},
        {"0.26: tags beside a user",
         R"({"id":"7","user":{"name":"ana"},"forcedTags":["tag:a"],"validTags":["tag:v","tag:a"],
             "invalidTags":["tag:no"]})",
         "7",
         {},
         "ana",
         {"tag:a", "tag:v"},
         {"tag:a"}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Node mapped = node(c.text);
        EXPECT_EQ(mapped.sighting.node_id, c.node_id);
        EXPECT_EQ(mapped.key_id, c.key_id);
        EXPECT_EQ(mapped.user, c.user);
        EXPECT_EQ(mapped.sighting.tags, c.tags);
        EXPECT_EQ(writable_tags(boost::json::parse(c.text)), c.writable);
        EXPECT_FALSE(mapped.sighting.online);
    }
}

TEST(HeadscaleRecords, ExpiredNodesAreOffline) {
    struct Case {
        const char* name;
        const char* expiry;
        bool expired;
    };
    const Case cases[] = {
        {"never", "null", false},
        {"year 1 means never", R"("0001-01-01T00:00:00Z")", false},
        {"later", R"("2026-11-23T10:00:00.000001Z")", false},
        {"now", R"("2026-11-23T10:00:00Z")", true},
        {"before", R"("2026-11-22T10:00:00Z")", true},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Node mapped =
            node(std::string(R"({"id":"7","online":true,"expiry":)") + c.expiry + "}");
        EXPECT_EQ(mapped.expired, c.expired);
        EXPECT_EQ(mapped.sighting.online, !c.expired);
    }
}

TEST(HeadscaleRecords, TrustTagsStandBesideOthers) {
    using core::TrustLevel;
    struct Case {
        const char* name;
        Texts tags;
        TrustLevel level;
        Texts expect;
    };
    const Case cases[] = {
        {"first", {"tag:prod"}, TrustLevel::high, {"tag:muster-high", "tag:prod"}},
        {"same", {"tag:muster-low", "tag:z"}, TrustLevel::low, {"tag:muster-low", "tag:z"}},
        {"changed",
         {"tag:muster-high", "tag:muster-medium", "tag:a"},
         TrustLevel::low,
         {"tag:a", "tag:muster-low"}},
        {"a tag that only looks like ours",
         {"tag:muster-highest"},
         TrustLevel::medium,
         {"tag:muster-highest", "tag:muster-medium"}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(with_trust_tag(c.tags, c.level), c.expect);
    }
}

TEST(HeadscaleRecords, PolicyIsReadWithItsComments) {
    const Texts asked{"tag:a", "tag:b"};
    struct Case {
        const char* name;
        std::string policy;
        Texts missing;
    };
    const Case cases[] = {
        {"both", R"({"tagOwners":{"tag:a":[],"tag:b":["x@"]}})", {}},
        {"comments and trailing commas",
         "{ // owners\n \"tagOwners\": {\"tag:a\": [\"x@\",], /* and */ \"tag:b\": [],}, }",
         {}},
        {"one in a comment only", "{\"tagOwners\":{\"tag:a\":[] /* \"tag:b\":[] */}}", {"tag:b"}},
        {"used but not owned", R"({"acls":[{"src":["tag:a"]}]})", asked},
        {"broken", R"({"tagOwners":{"tag:a")", asked},
        {"empty", "", asked},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(tags_without_owners(c.policy, asked), c.missing);
    }
}

TEST(HeadscaleRecords, Ids) {
    EXPECT_TRUE(is_id("0"));
    EXPECT_TRUE(is_id("18446744073709551615"));
    EXPECT_FALSE(is_id("118446744073709551615")) << "a digit more";
    EXPECT_FALSE(is_id(""));
    EXPECT_FALSE(is_id("7/expire"));
    EXPECT_FALSE(is_id("-7"));
}

}  // namespace
}  // namespace muster::networks::headscale
