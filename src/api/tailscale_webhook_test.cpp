// POST /webhooks/v1/tailscale/{id}: genuine, forged, late and repeated deliveries.
// SPDX-License-Identifier: Apache-2.0
#include "api/network_test.hpp"
#include "api/webhooks/tailscale.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const std::string secret = "webhook-secret-for-tests";
const std::string joined = R"([{"type":"nodeCreated","data":{"nodeID":"n7CNTRL"}}])";

std::string digest_of(const std::string& time, const std::string& body,
                      const std::string& with = secret) {
    return base::to_hex(crypto::hmac_sha256(base::bytes_of(with), time + "." + body));
}

class TailscaleWebhooks : public NetworkRoutes {
protected:
    std::string connect_with_secret(Who who = Who::boss) {
        json::object body = tailscale_body("TS");
        body["webhook_secret"] = secret;
        return connect(who, body);
    }
    std::string time(std::chrono::seconds age = 0s) {
        return std::to_string(core::to_unix_seconds(m_clock.now() - age));
    }
    std::string signature(const std::string& body, std::chrono::seconds age = 0s,
                          const std::string& with = secret) {
        const std::string at = time(age);
        return "t=" + at + ",v1=" + digest_of(at, body, with);
    }
    Reply deliver(const std::string& id, const std::string& signed_by, const std::string& body) {
        return send(Who::nobody, "POST", "/webhooks/v1/tailscale/" + id, body,
                    {{"Tailscale-Webhook-Signature", signed_by}});
    }
};

TEST_F(TailscaleWebhooks, AreHints) {
    const std::string id = connect_with_secret();
    const std::string before = value("SELECT count(*) FROM audit_logs");
    const Reply reply = deliver(id, signature(joined), joined);
    EXPECT_EQ(reply.status, 200U) << reply.raw;
    EXPECT_EQ(json::serialize(reply.body), R"({"success":true})");
    EXPECT_EQ(m_woken, (std::vector<std::string>{id}));
    EXPECT_EQ(value("SELECT count(*) FROM network_memberships"), "0");
    EXPECT_EQ(value("SELECT count(*) FROM audit_logs"), before) << "nothing is written";
    const std::string other = R"([{"type":"userRoleUpdated","data":{}}])";
    EXPECT_EQ(deliver(id, signature(other), other).status, 200U);
    EXPECT_EQ(m_woken.size(), 1U) << "no node's affair";
}

TEST_F(TailscaleWebhooks, TheSignatureIsTheCredential) {
    const std::string id = connect_with_secret();
    const std::string bare = connect(Who::other_boss, tailscale_body("TS"));
    const std::string removed = connect(Who::boss, [&] {
        json::object body = tailscale_body("gone");
        body["webhook_secret"] = secret;
        return body;
    }());
    ASSERT_EQ(send(Who::boss, "DELETE", path_of_connection(removed)).status, 200U);
    const std::string good = signature(joined);
    const std::string at = time();
    struct Case {
        const char* name;
        std::string id;
        std::string signature;
        std::string body;
    };
    const Case cases[] = {
        {"none", id, "", joined},
        {"another secret", id, signature(joined, 0s, "another"), joined},
        {"no secret", bare, signature(joined, 0s, ""), joined},
        {"what stands in for none", bare, signature(joined, 0s, "of no connection"), joined},
        {"a connection without one", bare, good, joined},
        {"a removed connection", removed, good, joined},
        {"an unknown connection", nobody_s_id, good, joined},
        {"no id", "x", good, joined},
        {"the server, which has no secret", "server", good, joined},
        {"the server, by what stands in", "server", signature(joined, 0s, "of no connection"),
         joined},
        {"a changed body", id, good, joined + " "},
        {"too old", id, signature(joined, 25h + 1min), joined},
        {"of the future", id, signature(joined, -6min), joined},
        {"of another time", id, "t=1,v1=" + digest_of(at, joined), joined},
        {"nine of them", id,
         "t=" + at +
             [] {
                 std::string many;
                 for (int i = 0; i < 9; ++i) many += ",v1=" + std::string(64, '0');
                 return many;
             }(),
         joined},
    };
    const Reply first = deliver(id, "", joined);
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = deliver(c.id, c.signature, c.body);
        EXPECT_EQ(reply.status, 401U);
        EXPECT_EQ(reply.code(), "invalid_authentication");
        EXPECT_EQ(reply.raw, first.raw) << "the same answer";
    }
    EXPECT_TRUE(m_woken.empty());
    EXPECT_EQ(
        deliver(id, "t=" + at + ",v1=" + std::string(64, '0') + ",v1=" + digest_of(at, joined),
                joined)
            .status,
        200U)
        << "one of several is right";
    EXPECT_EQ(m_woken.size(), 1U);
}

TEST_F(TailscaleWebhooks, ToleratesWhatIsSentAgainLater) {
    const std::string id = connect_with_secret();
    EXPECT_EQ(deliver(id, signature(joined, 24h), joined).status, 200U);
    EXPECT_EQ(deliver(id, signature(joined, -4min), joined).status, 200U);
}

TEST_F(TailscaleWebhooks, ARepetitionCountsOnce) {
    const std::string id = connect_with_secret();
    const std::string good = signature(joined);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(deliver(id, good, joined).status, 200U);
    EXPECT_EQ(deliver(id, signature(joined, 1h), joined).status, 200U) << "with another time";
    EXPECT_EQ(m_woken.size(), 1U);
    const Reply changed = patch(Who::boss, path_of_connection(id), {{"webhook_secret", "new"}});
    ASSERT_EQ(changed.status, 200U) << changed.raw;
    EXPECT_EQ(deliver(id, good, joined).status, 401U) << "the old secret";
    EXPECT_EQ(deliver(id, signature(joined, 0s, "new"), joined).status, 200U);
    EXPECT_EQ(m_woken.size(), 2U);
}

TEST_F(TailscaleWebhooks, WhatIsNoDelivery) {
    const std::string id = connect_with_secret();
    EXPECT_EQ(deliver(id, signature("{}"), "{}").code(), "invalid_json");
    EXPECT_EQ(deliver(id, signature(""), "").code(), "invalid_json");
    const std::string large(webhook_body_bytes_max + 1, ' ');
    EXPECT_EQ(deliver(id, signature(large), large).status, 413U);
    const std::string largest = "[" + std::string(webhook_body_bytes_max - 2, ' ') + "]";
    EXPECT_EQ(deliver(id, signature(largest), largest).status, 200U);
    EXPECT_EQ(send(Who::boss, "GET", "/webhooks/v1/tailscale/" + id).status, 405U);
}

TEST_F(TailscaleWebhooks, TheServersOwn) {
    m_services->tailscale_webhook_secret = base::Secret(secret);
    EXPECT_EQ(deliver("server", signature(joined), joined).status, 200U);
    EXPECT_EQ(m_woken, (std::vector<std::string>{""}));
    EXPECT_EQ(deliver("server", signature(joined, 0s, "another"), joined).status, 401U);
}

TEST_F(TailscaleWebhooks, OneConnectionsSecretIsNotAnothers) {
    const std::string a = connect_with_secret();
    json::object body = tailscale_body("B");
    body["webhook_secret"] = "another-secret";
    const std::string b = connect(Who::other_boss, body);
    EXPECT_EQ(deliver(b, signature(joined), joined).status, 401U);
    EXPECT_EQ(deliver(b, signature(joined, 0s, "another-secret"), joined).status, 200U);
    EXPECT_EQ(deliver(a, signature(joined), joined).status, 200U) << "remembered for each";
    EXPECT_EQ(m_woken, (std::vector<std::string>{b, a}));
}

TEST(DeliveryMemoryTest, RemembersSoManyConnections) {
    DeliveryMemory memory;
    const base::Secret key(secret);
    const core::Timestamp now{1'795'428'000s};
    const std::string header = "t=1795428000,v1=" + digest_of("1795428000", joined);
    const auto read = [&](std::size_t number) {
        return memory.read(std::to_string(number), key, header, joined, now).value();
    };
    for (std::size_t i = 0; i <= DeliveryMemory::connections_max; ++i) {
        memory.take(std::to_string(i), key, read(i));
    }
    EXPECT_EQ(memory.size(), DeliveryMemory::connections_max);
    EXPECT_FALSE(read(0).is_repeated) << "the oldest made room";
    EXPECT_TRUE(read(1).is_repeated);
    EXPECT_TRUE(read(DeliveryMemory::connections_max).is_repeated);
    EXPECT_EQ(memory.size(), DeliveryMemory::connections_max) << "who only reads makes no entry";
}

}  // namespace
}  // namespace muster::api
