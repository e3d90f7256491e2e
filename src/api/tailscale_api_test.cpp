// Contract section 4: list-devices, check-device, validate-enrollment, sync-devices.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/tailscale_api.hpp"

#include "api/network_test.hpp"

namespace muster::api {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr const char* path = "/functions/v1/tailscale-api";
const std::string longest_hostname(253, 'h');

class TailscaleApi : public NetworkRoutes {
protected:
    /// `services.compare` finds two devices of three, or this.
    void compare_as(core::Result<Comparison> outcome) {
        m_outcome = std::move(outcome);
        m_services->compare =
            [this](networks::Connector connector) -> asio::awaitable<core::Result<Comparison>> {
            m_compared.push_back(connector.id);
            co_return m_outcome;
        };
    }
    core::Result<Comparison> m_outcome = Comparison{2, 3};
    std::vector<std::string> m_compared;
};

TEST_F(TailscaleApi, OldClientsAskInManyWays) {
    connect(Who::boss, tailscale_body("TS"));
    m_tailscale.log_in("pc", "ana@example.org");
    struct Case {
        const char* name;
        const char* method;
        std::string target;
        std::string body;
        unsigned status;
        const char* member;  ///< that the answer has
    };
    const std::string query = std::string(path) + "?action=";
    const Case cases[] = {
        {"GET", "GET", query + "list-devices", "", 200, "devices"},
        {"POST without a body", "POST", query + "list-devices", "", 200, "devices"},
        {"POST with an empty object", "POST", query + "list-devices", "{}", 200, "devices"},
        {"the action in the body", "POST", path, R"({"action":"list-devices"})", 200, "devices"},
        {"both: the body's counts", "POST", query + "nothing", R"({"action":"list-devices"})", 200,
         "devices"},
        {"null in the body counts as absent", "POST", query + "list-devices", R"({"action":null})",
         200, "devices"},
        {"GET with parameters", "GET", query + "check-device&identifier=pc", "", 200, "found"},
        {"POST with parameters", "POST", query + "check-device&identifier=pc", "", 200, "found"},
        {"POST with a body", "POST", query + "check-device", R"({"identifier":"pc"})", 200,
         "found"},
        {"no action", "POST", path, "{}", 400, "code"},
        {"an unknown action", "GET", query + "whoami", "", 400, "code"},
        {"an action that is a number", "POST", path, R"({"action":7})", 400, "code"},
        {"no JSON", "POST", query + "list-devices", "list", 400, "code"},
        {"a list", "POST", query + "list-devices", "[]", 400, "code"},
        {"a broken escape", "GET", query + "list-devices&x=%zz", "", 400, "code"},
        {"GET of what changes something", "GET", query + "sync-devices", "", 405, "code"},
        {"PUT", "PUT", query + "list-devices", "", 405, "code"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = send(Who::boss, c.method, c.target, c.body);
        EXPECT_EQ(reply.status, c.status) << reply.raw;
        EXPECT_TRUE(reply.body.as_object().contains(c.member)) << reply.raw;
    }
    EXPECT_EQ(send(Who::boss, "POST", path, std::string(tailscale_body_bytes_max + 1, ' ')).status,
              413U);
}

TEST_F(TailscaleApi, ListsDevices) {
    connect(Who::boss, tailscale_body("TS"));
    const std::string node = m_tailscale.log_in("Pc", "ana@example.org");
    m_tailscale.set_online(node, false);
    m_tailscale.set_member(node, "lastSeen", nullptr);
    const Reply reply = tailscale_api(Who::boss, "list-devices");
    ASSERT_EQ(reply.status, 200U) << reply.raw;
    EXPECT_EQ(members_of(reply), (std::vector<std::string>{"devices", "success"}));
    const json::object& device = reply.body.at("devices").at(0).as_object();
    EXPECT_EQ(device.at("id").as_string(), node);
    EXPECT_EQ(device.at("hostname").as_string(), "Pc");
    EXPECT_EQ(device.at("user").as_string(), "ana@example.org");
    EXPECT_FALSE(device.at("online").as_bool());
    EXPECT_TRUE(device.at("lastSeen").is_null());
    EXPECT_EQ(device.size(), 10U);
}

TEST_F(TailscaleApi, WhichNetwork) {
    m_headscale.add_node("hs");
    m_netbird.add_peer("nb");
    m_tailscale.log_in("ts", "ana@example.org");
    const auto hostname = [&](Who who, const json::object& body = {}) {
        const Reply reply = tailscale_api(who, "list-devices", body);
        if (reply.status != 200) return reply.code();
        const auto names = texts(reply, "devices", "hostname");
        return names.empty() ? std::string("none") : names.front();
    };
    EXPECT_EQ(hostname(Who::boss), "network_not_configured");
    EXPECT_EQ(hostname(Who::root), "none") << "the server's own";
    const std::string default_id = connect(Who::boss, headscale_body("HS"));
    EXPECT_EQ(hostname(Who::boss), "hs") << "the default";
    EXPECT_EQ(hostname(Who::root), "hs");
    EXPECT_EQ(hostname(Who::service), "none") << "of no organization";
    connect(Who::boss, tailscale_body("TS"));
    EXPECT_EQ(hostname(Who::boss), "ts") << "Tailscale rather than the default";
    const std::string named = connect(Who::boss, netbird_body("NB"));
    EXPECT_EQ(hostname(Who::boss, {{"connection_id", named}}), "nb");
    EXPECT_EQ(hostname(Who::service, {{"connection_id", default_id}}), "hs");
    EXPECT_EQ(hostname(Who::other_boss, {{"connection_id", named}}),
              "network_connection_not_found");
    EXPECT_EQ(hostname(Who::boss, {{"connection_id", "NB"}}), "invalid_type");
    EXPECT_EQ(hostname(Who::ana), "permission_denied");
    EXPECT_EQ(hostname(Who::sue), "permission_denied");
    EXPECT_EQ(hostname(Who::nobody), "authorization_required");
    EXPECT_EQ(hostname(Who::anon_key), "authorization_required");
    // A credential that does not open is no reason to show another network.
    sql("UPDATE network_connections SET credential = 'broken' WHERE network = 'tailscale'");
    EXPECT_EQ(hostname(Who::boss), "network_not_configured");
}

TEST_F(TailscaleApi, ChecksADevice) {
    connect(Who::boss, headscale_body("HS"));
    m_headscale.add_node("pc");
    m_headscale.add_node("twin");
    m_headscale.add_node("Twin");
    const auto check = [&](const std::string& identifier) {
        return tailscale_api(Who::boss, "check-device", {{"identifier", identifier}});
    };
    const Reply found = check("PC");
    EXPECT_TRUE(found.body.at("found").as_bool()) << found.raw;
    EXPECT_TRUE(found.body.at("online").as_bool());
    EXPECT_EQ(found.body.at("device").at("hostname").as_string(), "pc");
    EXPECT_EQ(members_of(found),
              (std::vector<std::string>{"device", "found", "online", "success"}));
    const Reply absent = check("nothing");
    EXPECT_EQ(members_of(absent),
              (std::vector<std::string>{"found", "message", "online", "success"}));
    EXPECT_FALSE(absent.body.at("found").as_bool());
    const Reply two = check("twin");
    EXPECT_FALSE(two.body.at("found").as_bool());
    EXPECT_TRUE(two.text("message").starts_with("2 devices")) << two.raw;
    EXPECT_EQ(tailscale_api(Who::boss, "check-device").code(), "missing_field");
    EXPECT_EQ(check("").code(), "invalid_length");
    EXPECT_EQ(check(longest_hostname).status, 200U);
    EXPECT_EQ(check(longest_hostname + "h").code(), "invalid_length");
    const Reply spanish =
        send(Who::boss, "GET", std::string(path) + "?action=check-device&identifier=twin", "",
             {{"Accept-Language", "es"}});
    EXPECT_TRUE(spanish.text("message").starts_with("2 dispositivos")) << spanish.raw;
}

TEST_F(TailscaleApi, ValidatesAnEnrollment) {
    connect(Who::boss, tailscale_body("TS"));
    const Pending pending = generate_token(Who::ana);
    const Reply verified = enrollment(
        Who::nobody,
        {{"action", "verify"}, {"enrollment_token", pending.token}, {"fingerprint", "fp"}});
    ASSERT_EQ(verified.text("network"), "tailscale") << verified.raw;
    const json::object body{{"deviceId", pending.device_id}, {"hostname", "anas-pc"}};
    const auto validate = [&](Who who) { return tailscale_api(who, "validate-enrollment", body); };
    const Reply early = validate(Who::ana);
    EXPECT_EQ(members_of(early), (std::vector<std::string>{"enrolled", "message", "success"}));
    EXPECT_FALSE(early.body.at("enrolled").as_bool());
    for (const Who who : {Who::ben, Who::sue, Who::other_boss}) {
        EXPECT_EQ(validate(who).code(), "device_not_found");
    }
    ASSERT_TRUE(m_tailscale.join(verified.text("tailscale_auth_key"), "anas-pc"));
    const Reply there = validate(Who::ana);
    EXPECT_EQ(members_of(there), (std::vector<std::string>{"device", "enrolled", "success"}));
    EXPECT_TRUE(there.body.at("enrolled").as_bool()) << there.raw;
    EXPECT_EQ(there.body.at("device").at("hostname").as_string(), "anas-pc");
    EXPECT_EQ(column(pending.device_id, "status"), "active");
    EXPECT_EQ(column(pending.device_id, "trust_level"), "high");
    EXPECT_TRUE(validate(Who::boss).body.at("enrolled").as_bool());
    EXPECT_EQ(tailscale_api(Who::ana, "validate-enrollment").code(), "missing_field");

    m_tailscale.server().set_faults({.fault = fakes::Fault::error, .count = 100});
    const Reply down = validate(Who::ana);
    EXPECT_EQ(down.status, 200U);
    EXPECT_FALSE(down.body.at("enrolled").as_bool());
    EXPECT_FALSE(down.text("message").empty());
    EXPECT_EQ(column(pending.device_id, "trust_level"), "high") << "silence is no evidence";
    ASSERT_EQ(enrollment(Who::ana, {{"action", "revoke"}, {"device_id", pending.device_id}}).status,
              200U);
    EXPECT_TRUE(validate(Who::ana).text("message").contains("revoked"));
}

TEST_F(TailscaleApi, TheFirstAnnouncedNameCounts) {
    connect(Who::boss, tailscale_body("TS"));
    const Pending pending = generate_token(Who::ana);
    const Reply verified = enrollment(Who::nobody, {{"action", "verify"},
                                                    {"enrollment_token", pending.token},
                                                    {"fingerprint", "fp"},
                                                    {"hostname", "anas-pc"}});
    ASSERT_EQ(verified.status, 200U) << verified.raw;
    m_tailscale.log_in("bens-pc", "ben@example.org");
    const Reply reply = tailscale_api(Who::ana, "validate-enrollment",
                                      {{"deviceId", pending.device_id}, {"hostname", "bens-pc"}});
    EXPECT_FALSE(reply.body.at("enrolled").as_bool()) << "the node of somebody else";
    EXPECT_EQ(column(pending.device_id, "trust_level"), "medium");
}

TEST_F(TailscaleApi, ComparesNow) {
    const std::string id = connect(Who::boss, tailscale_body("TS"));
    compare_as(Comparison{2, 3});
    const Reply reply = tailscale_api(Who::boss, "sync-devices");
    EXPECT_EQ(json::serialize(reply.body),
              R"({"success":true,"synced":2,"totalTailscaleDevices":3})");
    EXPECT_EQ(tailscale_api(Who::service, "sync-devices").status, 200U);
    EXPECT_EQ(m_compared, (std::vector<std::string>{id, ""}));
    for (const Who who : {Who::ana, Who::sue}) {
        EXPECT_EQ(tailscale_api(who, "sync-devices").code(), "permission_denied");
    }
    compare_as(core::fail(core::Code::network_timeout));
    EXPECT_EQ(tailscale_api(Who::boss, "sync-devices").status, 504U);
}

}  // namespace
}  // namespace muster::api
