// /roster/v1/network/nodes and /shadows: what networks list, and what of it is no device's.
// SPDX-License-Identifier: Apache-2.0
#include "api/network_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;

constexpr const char* nodes_path = "/roster/v1/network/nodes";
constexpr const char* shadows_path = "/roster/v1/network/shadows";

class Nodes : public NetworkRoutes {};

TEST_F(Nodes, ShowWhatTheNetworkSays) {
    const std::string id = connect(Who::boss, tailscale_body("Tailnet"));
    const std::string node = m_tailscale.log_in("Pc-1", "ana@example.org");
    m_tailscale.set_member(node, "authorized", false);
    const Reply reply = get(Who::boss, nodes_path);
    ASSERT_EQ(reply.status, 200U) << reply.raw;
    EXPECT_EQ(members_of(reply), (std::vector<std::string>{"connection_id", "network", "nodes"}));
    EXPECT_EQ(reply.text("network"), "tailscale");
    EXPECT_EQ(reply.text("connection_id"), id);
    ASSERT_EQ(reply.body.at("nodes").as_array().size(), 1U);
    const json::object& shown = reply.body.at("nodes").at(0).as_object();
    EXPECT_EQ(shown.at("id").as_string(), node);
    EXPECT_EQ(shown.at("connection_id").as_string(), id);
    EXPECT_EQ(shown.at("hostname").as_string(), "Pc-1");
    EXPECT_EQ(shown.at("name").as_string(), "pc-1.tail1234.ts.net");
    EXPECT_EQ(shown.at("user").as_string(), "ana@example.org");
    EXPECT_TRUE(shown.at("needs_approval").as_bool());
    EXPECT_FALSE(shown.at("expired").as_bool());
    for (const char* member : {"os", "client_version", "ip"}) {
        EXPECT_TRUE(shown.at(member).is_string()) << member;
    }
}

TEST_F(Nodes, ComeFromTheOwnOrganizationsConnection) {
    const std::string a = connect(Who::boss, headscale_body("HS"));
    const std::string other = connect(Who::boss, netbird_body("NB"));
    connect(Who::other_boss, tailscale_body("TS"));
    m_headscale.add_node("a-1");
    m_netbird.add_peer("a-2");
    m_tailscale.log_in("b-1", "bea@b.test");
    struct Case {
        const char* name;
        Who who;
        std::string query;
        unsigned status;
        const char* hostname;  ///< of the only node
    };
    const Case cases[] = {
        {"the default", Who::boss, "", 200, "a-1"},
        {"the named one", Who::boss, "?connection=" + other, 200, "a-2"},
        {"the other organization's default", Who::other_boss, "", 200, "b-1"},
        {"the other organization's, by name", Who::other_boss, "?connection=" + a, 404, ""},
        {"a global admin: the own default", Who::root, "", 200, "a-1"},
        {"the service key, by name", Who::service, "?connection=" + a, 200, "a-1"},
        {"a user", Who::ana, "", 403, ""},
        {"support", Who::sue, "", 403, ""},
        {"a user, by name", Who::ana, "?connection=" + a, 404, ""},
        {"no id", Who::boss, "?connection=hs", 400, ""},
        {"the server's, by an organization's admin", Who::boss, "?connection=server", 403, ""},
    };
    for (const char* path : {nodes_path, shadows_path}) {
        for (const Case& c : cases) {
            SCOPED_TRACE(std::string(path) + " " + c.name);
            const Reply reply = get(c.who, path + c.query);
            EXPECT_EQ(reply.status, c.status) << reply.raw;
            if (reply.status != 200) continue;
            EXPECT_EQ(texts(reply, "nodes", "hostname"), (std::vector<std::string>{c.hostname}));
        }
    }
}

TEST_F(Nodes, AreTheServersOwnForGlobalAdmins) {
    connected_device(Who::ana, "fp-1");
    for (const char* query : {"", "?connection=server"}) {
        const Reply reply = get(Who::root, std::string(nodes_path) + query);
        ASSERT_EQ(reply.status, 200U) << reply.raw;
        EXPECT_EQ(reply.text("network"), "simulated");
        EXPECT_TRUE(reply.body.at("connection_id").is_null());
        EXPECT_EQ(reply.body.at("nodes").as_array().size(), 1U);
    }
    EXPECT_EQ(get(Who::boss, nodes_path).code(), "network_not_configured");
    const Reply shadows = get(Who::root, shadows_path);
    EXPECT_EQ(shadows.body.at("nodes").as_array().size(), 0U) << "it is a device's";
}

TEST_F(Nodes, ShadowsAreNobodysNodes) {
    const std::string id = connect(Who::boss, headscale_body("HS"));
    const Pending pending = generate_token(Who::ana);
    const json::object verify{{"action", "verify"},
                              {"enrollment_token", pending.token},
                              {"fingerprint", "fp-1"},
                              {"hostname", "anas"}};
    const Reply verified = enrollment(Who::nobody, verify);
    ASSERT_EQ(verified.text("network"), "headscale") << verified.raw;
    const std::string stranger = m_headscale.add_node("stranger");
    const auto shadows = [&] { return texts(get(Who::boss, shadows_path), "nodes", "id"); };
    EXPECT_EQ(shadows(), (std::vector<std::string>{stranger}));
    const auto joined = m_headscale.join(verified.text("tailscale_auth_key"), "anas");
    ASSERT_TRUE(joined);
    EXPECT_EQ(shadows(), (std::vector<std::string>{stranger})) << "its key is waited with";
    const json::object check{{"action", "check_tailscale_status"},
                             {"device_id", pending.device_id}};
    EXPECT_EQ(enrollment(Who::ana, check).text("status"), "active");
    EXPECT_EQ(shadows(), (std::vector<std::string>{stranger})) << "bound";
    EXPECT_EQ(texts(get(Who::boss, nodes_path), "nodes", "id").size(), 2U);
    EXPECT_EQ(value("SELECT count(*) FROM network_memberships"), "1") << "never adopted";
    EXPECT_EQ(get(Who::boss, shadows_path).text("connection_id"), id);
    EXPECT_EQ(send(Who::boss, "DELETE", "/roster/v1/devices/" + pending.device_id).status, 200U);
    EXPECT_EQ(shadows().size(), 2U) << "nobody's again until it is removed";
}

TEST_F(Nodes, ShadowsOfOneConnectionAreNotKnownByAnother) {
    connect(Who::boss, headscale_body("one"));
    const std::string two = connect(Who::boss, headscale_body("two"));
    const std::string node = m_headscale.add_node("pc");
    const std::string device = generate_token(Who::ana).device_id;
    sql("INSERT INTO network_memberships (device_id, network, connection_id, node_id) VALUES ('" +
        device + "', 'headscale', '" + two + "', '" + node + "')");
    EXPECT_EQ(texts(get(Who::boss, shadows_path), "nodes", "id"), (std::vector<std::string>{node}));
    const Reply reply = get(Who::boss, std::string(shadows_path) + "?connection=" + two);
    EXPECT_EQ(reply.body.at("nodes").as_array().size(), 0U);
}

TEST_F(Nodes, ManyShadowsAreFoundBatchByBatch) {
    const std::string id = connect(Who::boss, headscale_body("HS"));
    const std::string device = generate_token(Who::ana).device_id;
    std::string last;
    for (int i = 0; i < 501; ++i) last = m_headscale.add_node("pc-" + std::to_string(i));
    sql("INSERT INTO network_memberships (device_id, network, connection_id, node_id) VALUES ('" +
        device + "', 'headscale', '" + id + "', '" + last + "')");
    const auto shadows = texts(get(Who::boss, shadows_path), "nodes", "id");
    EXPECT_EQ(shadows.size(), 500U);
    EXPECT_FALSE(set_of(shadows).contains(last));
}

TEST_F(Nodes, ANetworkThatIsDown) {
    connect(Who::boss, headscale_body("HS"));
    m_headscale.server().set_faults({.fault = fakes::Fault::error, .count = 100});
    for (const char* path : {nodes_path, shadows_path}) {
        const Reply reply = get(Who::boss, path);
        EXPECT_EQ(reply.status, 502U);
        EXPECT_EQ(reply.code(), "network_unreachable");
    }
}

}  // namespace
}  // namespace muster::api
