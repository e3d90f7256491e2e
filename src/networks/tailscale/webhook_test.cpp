// Deliveries that are genuine, forged, late, repeated, or strange.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/webhook.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::networks {
namespace {

using core::Code;
using namespace std::chrono_literals;

constexpr core::Timestamp now{std::chrono::seconds(1'795'428'000)};
const std::string secret = "webhook-secret-for-tests";
const std::string body =
    R"([{"timestamp":"2026-11-23T09:59:58.5Z","version":1,"type":"nodeCreated",)"
    R"("tailnet":"example.org","message":"Node pc created","data":{"nodeID":"n7CNTRL",)"
    R"("deviceName":"pc.tail1234.ts.net","managedBy":"ana@example.org","actor":"ana@example.org"}}])";

std::string digest_of(const std::string& time, const std::string& text,
                      const std::string& with = secret) {
    return base::to_hex(crypto::hmac_sha256(base::bytes_of(with), time + "." + text));
}

std::string header_of(std::chrono::seconds age, const std::string& text) {
    const std::string time = std::to_string(core::to_unix_seconds(now - age));
    return "t=" + time + ",v1=" + digest_of(time, text);
}

TailscaleWebhookOptions options_of(std::size_t remembered_max = 3) {
    TailscaleWebhookOptions options;
    options.secret = base::Secret(secret);
    options.age_max = 5min;
    options.ahead_max = 1min;
    options.remembered_max = remembered_max;
    return options;
}

TEST(TailscaleWebhook, KnowsAGenuineSignature) {
    const std::string time = "1795428000";
    const std::string good = digest_of(time, body);
    std::string upper = good;
    for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 32 : c);
    std::string nine = "t=" + time;
    for (int i = 0; i < 9; ++i) nine += ",v1=" + good;
    struct Case {
        const char* name;
        std::string header;
        bool expect;
    };
    const Case cases[] = {
        {"genuine", "t=" + time + ",v1=" + good, true},
        {"the other way round", "v1=" + good + ",t=" + time, true},
        {"the second of two secrets", "t=" + time + ",v1=" + std::string(64, '0') + ",v1=" + good,
         true},
        {"unknown parts", "v0=x,t=" + time + ",,v2=y,v1=" + good + ",z", true},
        {"none", "", false},
        {"no time", "v1=" + good, false},
        {"no digest", "t=" + time, false},
        {"an empty digest", "t=" + time + ",v1=", false},
        {"a part of the digest", "t=" + time + ",v1=" + good.substr(0, 32), false},
        {"of another version", "t=" + time + ",v2=" + good, false},
        {"in capitals", "t=" + time + ",v1=" + upper, false},
        {"of another time", "t=1795428001,v1=" + good, false},
        {"of another body", "t=" + time + ",v1=" + digest_of(time, body + " "), false},
        {"by another secret", "t=" + time + ",v1=" + digest_of(time, body, "other"), false},
        {"a time that is none", "t=soon,v1=" + digest_of("soon", body), false},
        {"a time before time", "t=-1,v1=" + digest_of("-1", body), false},
        {"a time beyond all", "t=99999999999999999,v1=" + digest_of("99999999999999999", body),
         false},
        {"nine digests", nine, false},
        {"eight digests", nine.substr(0, nine.rfind(",v1=")), true},
    };
    const TailscaleWebhook webhook(options_of());
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto delivery = webhook.read(c.header, body, now);
        EXPECT_EQ(delivery.has_value(), c.expect);
        if (!delivery) {
            EXPECT_EQ(delivery.error().code, Code::invalid_authentication);
        }
    }
}

TEST(TailscaleWebhook, TakesNothingWithoutASecret) {
    const TailscaleWebhook webhook(TailscaleWebhookOptions{});
    const std::string header = "t=1795428000,v1=" + digest_of("1795428000", body, "");
    EXPECT_FALSE(webhook.read(header, body, now).has_value());
}

TEST(TailscaleWebhook, ToleratesSomeTimeBothWays) {
    struct Case {
        std::chrono::seconds age;
        bool expect;
    };
    const TailscaleWebhook webhook(options_of());
    for (const Case& c : {Case{0s, true}, Case{5min, true}, Case{5min + 1s, false},
                          Case{-1min, true}, Case{-1min - 1s, false}, Case{24h, false}}) {
        SCOPED_TRACE(c.age.count());
        EXPECT_EQ(webhook.read(header_of(c.age, body), body, now).has_value(), c.expect);
    }
}

TEST(TailscaleWebhook, ADeliveryCountsOnceItIsTaken) {
    TailscaleWebhook webhook(options_of());
    const auto first = webhook.read(header_of(0s, body), body, now);
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(first->is_repeated);
    EXPECT_EQ(first->events.size(), 1u);
    const auto retried = webhook.read(header_of(0s, body), body, now);
    EXPECT_FALSE(retried->is_repeated) << "what was not taken may come again";
    webhook.take(*first);
    webhook.take(*first);
    const auto replayed = webhook.read(header_of(10s, body), body, now);
    ASSERT_TRUE(replayed.has_value()) << "with another time it is the same";
    EXPECT_TRUE(replayed->is_repeated);
    EXPECT_TRUE(replayed->events.empty());
}

TEST(TailscaleWebhook, RemembersSoManyDeliveries) {
    TailscaleWebhook webhook(options_of(3));
    const auto read = [&](int number) {
        const std::string text =
            R"([{"type":"test","message":")" + std::to_string(number) + R"("}])";
        return webhook.read(header_of(0s, text), text, now).value();
    };
    for (int i = 0; i < 3; ++i) webhook.take(read(i));
    EXPECT_TRUE(read(0).is_repeated);
    webhook.take(read(3));
    EXPECT_FALSE(read(0).is_repeated) << "the oldest made room";
    EXPECT_TRUE(read(1).is_repeated);
    EXPECT_TRUE(read(3).is_repeated);
}

TEST(TailscaleWebhook, ReadsEvents) {
    using Kind = NetworkEvent::Kind;
    const TailscaleWebhook webhook(options_of());
    const std::string text =
        R"([{"type":"nodeCreated","timestamp":"2026-11-23T09:59:58.123456789+01:00",)"
        R"("data":{"nodeID":"n7CNTRL"}},{"type":"nodeDeleted","data":{"nodeID":"n8CNTRL"}},)"
        R"({"type":"nodeNeedsApproval","data":{"nodeID":"n9CNTRL"}},)"
        R"({"type":"nodeKeyExpired","data":{"nodeID":"n9CNTRL","expiration":"soon"}},)"
        R"({"type":"userRoleUpdated","data":{"user":"ana","oldRoles":["member"],"newRoles":[]}},)"
        R"({"type":"test","data":null},{"type":"a later one","version":2},7])";
    const auto delivery = webhook.read(header_of(0s, text), text, now);
    ASSERT_TRUE(delivery.has_value()) << delivery.error().detail;
    const auto& events = delivery->events;
    ASSERT_EQ(events.size(), 8u);
    EXPECT_EQ(events[0].at, core::parse_timestamp("2026-11-23T08:59:58.123456Z"));
    const Kind kinds[] = {Kind::node_joined,  Kind::node_removed, Kind::node_changed,
                          Kind::node_changed, Kind::other,        Kind::other,
                          Kind::other,        Kind::other};
    for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].kind, kinds[i]) << i;
    EXPECT_EQ(events[0].node_id, "n7CNTRL");
    EXPECT_EQ(events[0].type, "nodeCreated");
    EXPECT_FALSE(events[4].node_id.has_value());
    EXPECT_FALSE(events[6].at.has_value());
}

TEST(TailscaleWebhook, RefusesBodiesThatAreNoDelivery) {
    const TailscaleWebhook webhook(options_of());
    std::string many = "[";
    for (int i = 0; i < 1000; ++i) many += "{},";
    const std::string thousand = many.substr(0, many.size() - 1) + "]";
    struct Case {
        const char* name;
        std::string text;
        bool expect;
    };
    const Case cases[] = {
        {"empty", "", false},
        {"an object", "{}", false},
        {"cut off", R"([{"type":)", false},
        {"no events", "[]", true},
        {"a thousand events", thousand, true},
        {"a thousand and one", many + "{}]", false},
        {"32 deep", std::string(32, '[') + std::string(32, ']'), true},
        {"33 deep", std::string(33, '[') + std::string(33, ']'), false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto delivery = webhook.read(header_of(0s, c.text), c.text, now);
        EXPECT_EQ(delivery.has_value(), c.expect);
        if (!delivery) {
            EXPECT_EQ(delivery.error().code, Code::invalid_json);
        }
    }
}

}  // namespace
}  // namespace muster::networks
