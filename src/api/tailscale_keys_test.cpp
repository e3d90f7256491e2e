// Contract section 4, generate-auth-key: for whom, through which network, and what becomes of the
// key before.
// SPDX-License-Identifier: Apache-2.0
#include "api/network_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Events = std::vector<std::string>;

class TailscaleKeys : public NetworkRoutes {
protected:
    Reply generate(Who who, const json::object& body) {
        return tailscale_api(who, "generate-auth-key", body);
    }
    Reply generate_for(Who who, const std::string& device) {
        return generate(who, {{"deviceId", device}});
    }
    std::string jobs() {
        return value("SELECT count(*) FROM network_jobs WHERE kind = 'revoke_key'");
    }
    std::string membership(const std::string& column, const std::string& device) {
        return value("SELECT " + column + " FROM network_memberships WHERE device_id = '" + device +
                     "'");
    }
    /// As the organization's admin stores one with the table API.
    void add_static_key(const std::string& key) {
        const std::string sealed = m_sealer->seal_comparable(
            base::Secret(key), "organization_tailscale_config.tailscale_auth_key");
        sql("INSERT INTO organization_tailscale_config (id, organization_id, tailscale_auth_key, "
            "tags) VALUES ('00000000-0000-7000-8000-00000000000c', '" +
            organization_id('A') + "', '" + sealed + "', " + tags_literal() + ")");
    }
    std::string verify(const Pending& pending) {
        return enrollment(Who::nobody, {{"action", "verify"},
                                        {"enrollment_token", pending.token},
                                        {"fingerprint", "fp-1"},
                                        {"hostname", "anas-pc"}})
            .text("tailscale_auth_key");
    }

private:
    static std::string tags_literal() {
        return store::tests_use_postgres() ? "ARRAY['tag:static']" : R"('["tag:static"]')";
    }
};

TEST_F(TailscaleKeys, AreKeptSealedOnTheDevice) {
    const std::string connection = connect(Who::boss, tailscale_body("TS"));
    const Pending pending = generate_token(Who::ana);
    const Reply reply = generate_for(Who::ana, pending.device_id);
    ASSERT_EQ(reply.status, 200U) << reply.raw;
    EXPECT_EQ(members_of(reply), (std::vector<std::string>{"authKey", "expiresAt", "success"}));
    const std::string key = reply.text("authKey");
    const auto expires = core::parse_timestamp(reply.text("expiresAt"));
    ASSERT_TRUE(expires);
    EXPECT_NEAR(static_cast<double>((*expires - m_clock.now()).count()) / 3.6e9, 24, 0.01);
    const std::string stored = column(pending.device_id, "tailscale_auth_key");
    EXPECT_NE(stored, "NULL");
    EXPECT_FALSE(stored.contains(key));
    EXPECT_EQ(membership("connection_id", pending.device_id), connection);
    EXPECT_NE(membership("key_id", pending.device_id), "NULL");
    EXPECT_EQ(events_of(pending.device_id),
              (Events{"enrollment_initiated", "tailscale_auth_key_generated"}));
    const std::string details = value(
        "SELECT details FROM device_events WHERE event_type = 'tailscale_auth_key_generated'");
    const json::object event = json::parse(details).as_object();
    for (const char* member : {"tags", "group", "expiresAt", "network"}) {
        EXPECT_TRUE(event.contains(member)) << member;
    }
    EXPECT_EQ(audit_of(pending.device_id).back(), "tailscale_auth_key_generated");
    EXPECT_FALSE(last_audit().contains(key));

    EXPECT_EQ(verify(pending), key) << "it is what the device is handed";
    ASSERT_TRUE(m_tailscale.join(key, "anas-pc"));
    EXPECT_EQ(enrollment(Who::ana,
                         {{"action", "check_tailscale_status"}, {"device_id", pending.device_id}})
                  .text("status"),
              "active")
        << "by the host name that verify announced";
}

TEST_F(TailscaleKeys, ANewOneReplacesTheOldOne) {
    connect(Who::boss, headscale_body("HS"));
    const Pending pending = generate_token(Who::ana);
    const std::string first = generate_for(Who::ana, pending.device_id).text("authKey");
    const std::string first_id = membership("key_id", pending.device_id);
    EXPECT_EQ(jobs(), "0");
    const int wakes = m_wakes;
    const std::string second = generate_for(Who::boss, pending.device_id).text("authKey");
    EXPECT_NE(first, second);
    EXPECT_GT(m_wakes, wakes);
    EXPECT_EQ(value("SELECT target FROM network_jobs WHERE kind = 'revoke_key'"), first_id);
    EXPECT_NE(membership("key_id", pending.device_id), first_id);
    EXPECT_EQ(verify(pending), second);
    connect(Who::boss, tailscale_body("TS"));
    generate_for(Who::ana, pending.device_id);
    EXPECT_EQ(jobs(), "2");
    EXPECT_EQ(membership("network", pending.device_id), "tailscale");
    EXPECT_EQ(value("SELECT count(*) FROM network_jobs WHERE network = 'headscale'"), "2")
        << "each is revoked where it was made";
}

TEST_F(TailscaleKeys, WhoMayAsk) {
    const std::string connection = connect(Who::boss, tailscale_body("TS"));
    const std::string others = connect(Who::other_boss, headscale_body("HS"));
    const std::string device = generate_token(Who::ana).device_id;
    const json::array tags{"tag:prod"};
    struct Case {
        const char* name;
        Who who;
        json::object body;
        const char* code;
    };
    const Case cases[] = {
        {"the owner", Who::ana, {{"deviceId", device}}, ""},
        {"the owner, with tags",
         Who::ana,
         {{"deviceId", device}, {"tags", tags}},
         "permission_denied"},
        {"the owner, with no tags",
         Who::ana,
         {{"deviceId", device}, {"tags", json::array()}},
         "permission_denied"},
        {"the owner, with a group",
         Who::ana,
         {{"deviceId", device}, {"group", "x"}},
         "permission_denied"},
        {"the owner, with a connection",
         Who::ana,
         {{"deviceId", device}, {"connection_id", connection}},
         "permission_denied"},
        {"the owner, for nobody", Who::ana, {}, "permission_denied"},
        {"a colleague", Who::ben, {{"deviceId", device}}, "device_not_found"},
        {"support", Who::sue, {{"deviceId", device}}, "device_not_found"},
        {"support, for nobody", Who::sue, {}, "permission_denied"},
        {"another's admin", Who::other_boss, {{"deviceId", device}}, "device_not_found"},
        {"nobody", Who::nobody, {{"deviceId", device}}, "authorization_required"},
        {"its admin, with tags", Who::boss, {{"deviceId", device}, {"tags", tags}}, ""},
        {"its admin, with a foreign connection",
         Who::boss,
         {{"deviceId", device}, {"connection_id", others}},
         "network_connection_not_found"},
        {"a global admin, with another organization's connection",
         Who::root,
         {{"deviceId", device}, {"connection_id", others}},
         "network_connection_not_found"},
        {"its admin, for nobody", Who::boss, {}, ""},
        {"the service key, for nobody, by name", Who::service, {{"connection_id", connection}}, ""},
        {"an unknown device", Who::boss, {{"deviceId", nobody_s_id}}, "device_not_found"},
        {"a device that is none", Who::boss, {{"deviceId", "x"}}, "invalid_type"},
        {"a tag past its limit",
         Who::boss,
         {{"tags", json::array{std::string(101, 't')}}},
         "invalid_length"},
        {"a group past its limit", Who::boss, {{"group", std::string(101, 'g')}}, "invalid_length"},
        {"a group at it", Who::boss, {{"group", std::string(100, 'g')}}, ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = generate(c.who, c.body);
        EXPECT_EQ(reply.code(), c.code) << reply.raw;
    }
}

TEST_F(TailscaleKeys, TagsAndGroupOfAnAdmin) {
    connect(Who::boss, tailscale_body("TS"));
    const std::string device = generate_token(Who::ana).device_id;
    const json::object body{
        {"deviceId", device}, {"tags", json::array{"tag:prod"}}, {"group", "staff"}};
    const std::string key = generate(Who::boss, body).text("authKey");
    const auto node = m_tailscale.join(key, "pc");
    ASSERT_TRUE(node);
    const json::value listed = tailscale_api(Who::boss, "list-devices").body.at("devices").at(0);
    EXPECT_EQ(json::serialize(listed.at("tags")), R"(["tag:prod"])");
    const json::object details = json::parse(last_audit()).as_object();
    EXPECT_EQ(json::serialize(details.at("tags")), R"(["tag:prod"])");
    EXPECT_EQ(details.at("group").as_string(), "staff");
    EXPECT_EQ(details.at("device_id").as_string(), device);
    const json::object metadata = json::parse(column(device, "metadata")).as_object();
    EXPECT_EQ(metadata.at("tailscale_group").as_string(), "staff");
}

TEST_F(TailscaleKeys, ForNobodyAreKeptNowhere) {
    connect(Who::boss, tailscale_body("TS"));
    const Reply reply = generate(Who::boss, {});
    ASSERT_EQ(reply.status, 200U) << reply.raw;
    EXPECT_TRUE(m_tailscale.join(reply.text("authKey"), "kiosk"));
    EXPECT_EQ(value("SELECT count(*) FROM network_memberships"), "0");
    EXPECT_TRUE(json::parse(last_audit()).at("device_id").is_null());
    EXPECT_FALSE(last_audit().contains(reply.text("authKey")));
}

TEST_F(TailscaleKeys, WhichDevicesMayHaveOne) {
    connect(Who::boss, tailscale_body("TS"));
    const Pending pending = generate_token(Who::ana);
    const std::string key = generate_for(Who::ana, pending.device_id).text("authKey");
    verify(pending);
    const auto node = m_tailscale.join(key, "anas-pc");
    const json::object check{{"action", "check_tailscale_status"},
                             {"device_id", pending.device_id}};
    ASSERT_EQ(enrollment(Who::ana, check).text("status"), "active");
    EXPECT_EQ(generate_for(Who::boss, pending.device_id).code(), "device_not_pending")
        << "it is connected";
    m_tailscale.set_member(*node, "expires", "2026-11-23T09:00:00Z");
    m_tailscale.set_member(*node, "keyExpiryDisabled", false);
    ASSERT_FALSE(enrollment(Who::ana, check).body.at("tailscale_connected").as_bool());
    EXPECT_EQ(column(pending.device_id, "trust_level"), "medium");
    EXPECT_EQ(generate_for(Who::ana, pending.device_id).status, 200U) << "its node has gone";
    EXPECT_EQ(membership("node_id", pending.device_id), "NULL");
    EXPECT_EQ(value("SELECT target FROM network_jobs WHERE kind = 'remove_node'"), *node);
    ASSERT_EQ(enrollment(Who::ana, {{"action", "revoke"}, {"device_id", pending.device_id}}).status,
              200U);
    EXPECT_EQ(jobs(), "1") << "the unused key goes with the device";
    EXPECT_EQ(generate_for(Who::boss, pending.device_id).code(), "device_revoked");
    const Reply silent = enrollment(Who::ana, {{"action", "enroll"}, {"fingerprint", "fp-silent"}});
    EXPECT_EQ(generate_for(Who::ana, silent.text("device_id")).status, 200U);
}

/// Revokes the device while its key is being made.
class RevokingNetwork final : public networks::Network {
public:
    RevokingNetwork(networks::SimulatedNetwork& network, std::function<void()> revoke)
        : m_network(network), m_revoke(std::move(revoke)) {}
    template <class T>
    using Task = boost::asio::awaitable<core::Result<T>>;
    using Deadline = networks::Deadline;

    std::string_view name() const override { return m_network.name(); }
    networks::ApiHealth health() const override { return {}; }
    Task<networks::Probe> probe(Deadline d) override { return m_network.probe(d); }
    Task<networks::NetworkKey> create_key(networks::KeyRequest request, Deadline d) override {
        m_revoke();
        return m_network.create_key(std::move(request), d);
    }
    Task<void> revoke_key(std::string id, Deadline d) override {
        return m_network.revoke_key(std::move(id), d);
    }
    Task<std::optional<networks::Node>> find_node(networks::NodeQuery q, Deadline d) override {
        return m_network.find_node(std::move(q), d);
    }
    Task<void> remove_node(std::string id, Deadline d) override {
        return m_network.remove_node(std::move(id), d);
    }
    Task<std::vector<networks::Node>> list_nodes(Deadline d) override {
        return m_network.list_nodes(d);
    }
    bool enforces_trust() const override { return false; }
    Task<void> push_trust(std::vector<networks::TrustMark> marks, std::chrono::seconds s,
                          Deadline d) override {
        return m_network.push_trust(std::move(marks), s, d);
    }
    bool has_events() const override { return false; }
    Task<networks::EventPage> events_since(std::string cursor, Deadline d) override {
        return m_network.events_since(std::move(cursor), d);
    }

private:
    networks::SimulatedNetwork& m_network;
    std::function<void()> m_revoke;
};

TEST_F(TailscaleKeys, ADeviceThatIsRevokedMeanwhileGetsNone) {
    const std::string device = generate_token(Who::ana).device_id;
    const auto revoke = [&] {
        sql("UPDATE devices SET status = 'revoked' WHERE id = '" + device + "'");
    };
    *m_networks = networks::Pool(std::make_shared<RevokingNetwork>(*m_network, revoke), {});
    const Reply reply = generate_for(Who::ana, device);
    EXPECT_EQ(reply.code(), "device_revoked") << reply.raw;
    EXPECT_EQ(column(device, "tailscale_auth_key"), "NULL");
    EXPECT_EQ(jobs(), "1") << "nobody knows the key, and it is revoked all the same";
}

TEST_F(TailscaleKeys, StaticKeysAreGivenAsTheyAre) {
    add_static_key("tskey-static");
    const std::string device = generate_token(Who::ana).device_id;
    const Reply reply = generate_for(Who::ana, device);
    ASSERT_EQ(reply.status, 200U) << reply.raw;
    EXPECT_EQ(reply.text("authKey"), "tskey-static");
    EXPECT_TRUE(reply.body.at("expiresAt").is_null());
    EXPECT_NE(column(device, "tailscale_auth_key"), "NULL");
    EXPECT_EQ(json::serialize(json::parse(last_audit()).at("tags")), R"(["tag:static"])");
    EXPECT_EQ(generate(Who::boss, {}).text("authKey"), "tskey-static");
    EXPECT_EQ(jobs(), "0");
    connect(Who::boss, headscale_body("HS"));
    EXPECT_NE(generate_for(Who::ana, device).text("authKey"), "tskey-static")
        << "the API's one-use keys come first";
}

TEST_F(TailscaleKeys, TheServersOwnNetworkIsEverybodys) {
    const std::string device = generate_token(Who::ana).device_id;
    EXPECT_EQ(generate_for(Who::ana, device).status, 200U);
    EXPECT_EQ(generate_for(Who::boss, device).status, 200U);
    const json::object tagged{{"deviceId", device}, {"tags", json::array{"tag:prod"}}};
    EXPECT_EQ(generate(Who::boss, tagged).code(), "permission_denied");
    EXPECT_EQ(generate(Who::boss, {}).code(), "permission_denied");
    EXPECT_EQ(generate(Who::root, tagged).status, 200U);
    EXPECT_EQ(generate(Who::root, {}).status, 200U);
    m_rules.default_network_key = base::Secret(std::string("tskey-of-the-server"));
    EXPECT_EQ(generate_for(Who::ana, device).text("authKey"), "tskey-of-the-server");
    EXPECT_EQ(generate(Who::boss, {}).code(), "permission_denied");
    m_rules.default_network_key.reset();
    m_rules.default_network = "none";
    EXPECT_EQ(generate_for(Who::ana, device).code(), "network_not_configured");
}

TEST_F(TailscaleKeys, ANetworkThatIsDownLeavesTheOldKey) {
    connect(Who::boss, headscale_body("HS"));
    const Pending pending = generate_token(Who::ana);
    const std::string key = generate_for(Who::ana, pending.device_id).text("authKey");
    m_headscale.server().set_faults({.fault = fakes::Fault::error, .count = 100});
    EXPECT_EQ(generate_for(Who::ana, pending.device_id).code(), "network_unreachable");
    m_headscale.server().set_faults({});
    EXPECT_EQ(jobs(), "0");
    EXPECT_EQ(verify(pending), key);
}

}  // namespace
}  // namespace muster::api
