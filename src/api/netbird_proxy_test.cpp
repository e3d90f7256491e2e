// Contract section 5: who may, where calls lead, what comes back, what is recorded.
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/netbird_proxy.hpp"

#include "api/network_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;

class NetBirdProxy : public NetworkRoutes {
protected:
    net::Response answer(const net::Request& request) {
        m_seen.clear();
        for (const net::HeaderView& header : request.headers) {
            m_seen += std::string(header.name) + ": " + std::string(header.value) + "\n";
        }
        m_seen += std::string(request.body);
        return m_answer;
    }
    Reply proxy(Who who, std::string_view method, const std::string& query,
                const std::string& body = {}, std::vector<net::HeaderView> headers = {}) {
        return send(who, method, "/functions/v1/netbird-proxy?" + query, body, std::move(headers));
    }
    /// A NetBird that answers what the test says.
    std::string connect_own(Who who) {
        json::object body = netbird_body("own");
        body["base_url"] = m_server.url();
        body["test"] = false;
        return connect(who, body);
    }
    std::string calls() {
        return value("SELECT count(*) FROM audit_logs WHERE event = 'netbird_api_call'");
    }

    net::Response m_answer;
    std::string m_seen;
    fakes::FakeServer m_server{[this](const net::Request& request) { return answer(request); }};
};

TEST_F(NetBirdProxy, HandsOnAndRecords) {
    const std::string id = connect(Who::boss, netbird_body("NB"));
    const std::string peer = m_netbird.add_peer("pc");
    const Reply reply = proxy(Who::boss, "GET", "path=/api/peers/" + peer);
    ASSERT_EQ(reply.status, 200U) << reply.raw;
    EXPECT_EQ(reply.text("name"), "pc");
    EXPECT_TRUE(reply.content_type.starts_with("application/json"));
    EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
    const json::object details = json::parse(last_audit()).as_object();
    EXPECT_EQ(details.at("method").as_string(), "GET");
    EXPECT_EQ(details.at("path").as_string(), "/api/peers/" + peer);
    EXPECT_EQ(details.at("status").as_int64(), 200);
    EXPECT_GE(details.at("duration_ms").as_int64(), 0);
    EXPECT_EQ(details.at("connection_id").as_string(), id);
    EXPECT_EQ(value("SELECT organization_id FROM audit_logs WHERE event = 'netbird_api_call'"),
              organization_id('A'));
    const Reply made = proxy(Who::boss, "POST", "path=/api/groups", R"({"name":"staff"})",
                             {{"Content-Type", "application/json"}});
    EXPECT_EQ(made.status, 200U) << made.raw;
    EXPECT_EQ(made.text("name"), "staff");
    EXPECT_FALSE(last_audit().contains("staff")) << "bodies never";
    EXPECT_EQ(proxy(Who::boss, "DELETE", "path=/api/peers/" + peer).status, 200U);
    EXPECT_FALSE(m_netbird.has_node(peer));
    EXPECT_EQ(calls(), "3");
}

TEST_F(NetBirdProxy, OnlyAdmins) {
    const std::string id = connect(Who::boss, netbird_body("NB"));
    m_netbird.add_peer("pc");
    const std::string path = "path=/api/peers";
    struct Case {
        const char* name;
        Who who;
        std::string query;
        unsigned status;
        const char* code;
    };
    const Case cases[] = {
        {"nobody", Who::nobody, path, 401, "authorization_required"},
        {"the anon key", Who::anon_key, path, 401, "authorization_required"},
        {"a user", Who::ana, path, 403, "permission_denied"},
        {"support", Who::sue, path, 403, "permission_denied"},
        {"a user, by name", Who::ana, path + "&connection_id=" + id, 404,
         "network_connection_not_found"},
        {"an admin", Who::boss, path, 200, ""},
        {"another organization's admin", Who::other_boss, path, 500, "netbird_not_configured"},
        {"another organization's admin, by name", Who::other_boss, path + "&connection_id=" + id,
         404, "network_connection_not_found"},
        {"a global admin", Who::root, path, 200, ""},
        {"the service key", Who::service, path, 500, "netbird_not_configured"},
        {"the service key, by name", Who::service, path + "&connection_id=" + id, 200, ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
            if (c.status == 200 && std::string_view(method) != "GET") continue;
            const Reply reply = proxy(c.who, method, c.query);
            EXPECT_EQ(reply.status, c.status) << method << reply.raw;
            if (c.status != 200) {
                EXPECT_EQ(reply.code(), c.code) << method;
            }
        }
    }
    EXPECT_EQ(calls(), "3") << "refused calls were none";
}

TEST_F(NetBirdProxy, TheServersOwnIsForGlobalAdmins) {
    m_rules.default_network = "netbird";
    m_services->settings_of = [&](const networks::Connector& connector) {
        networks::ConnectionSettings settings = connector.settings;
        settings.network = "netbird";
        settings.base_url = m_netbird.url();
        settings.credential = base::Secret(std::string("nbp_fake"));
        return std::optional(settings);
    };
    EXPECT_EQ(proxy(Who::root, "GET", "path=/api/setup-keys").status, 200U);
    EXPECT_EQ(proxy(Who::service, "GET", "path=/api/setup-keys").status, 200U);
    EXPECT_EQ(proxy(Who::boss, "GET", "path=/api/setup-keys").code(), "netbird_not_configured");
    m_services->settings_of = [](const networks::Connector&) {
        return std::optional<networks::ConnectionSettings>();
    };
    EXPECT_EQ(proxy(Who::root, "GET", "path=/api/peers").code(), "netbird_not_configured");
}

TEST_F(NetBirdProxy, ConnectionsToOtherNetworksAreNone) {
    const std::string id = connect(Who::boss, headscale_body("HS"));
    const auto asked = m_headscale.server().requests().size();
    EXPECT_EQ(proxy(Who::boss, "GET", "path=/api/v1/node&connection_id=" + id).code(),
              "netbird_not_configured");
    EXPECT_EQ(m_headscale.server().requests().size(), asked);
}

TEST_F(NetBirdProxy, PathsAndQueries) {
    connect_own(Who::boss);
    struct Case {
        const char* name;
        const char* query;
        const char* expect;  ///< what NetBird is asked; empty: refused
    };
    const Case cases[] = {
        {"plain", "path=/api/peers", "GET /api/peers"},
        {"encoded", "path=%2Fapi%2Fpeers", "GET /api/peers"},
        {"with a query", "path=/api/peers?name=pc", "GET /api/peers?name=pc"},
        {"with an encoded query", "path=%2Fapi%2Fpeers%3Fname%3Dpc%26ip%3D1",
         "GET /api/peers?name=pc&ip=1"},
        {"with a query of two", "path=/api/peers?name=pc&ip=1", "GET /api/peers?name=pc&ip=1"},
        {"with parameters before and behind", "a=1&path=/api/peers&b=x%20y",
         "GET /api/peers?a=1&b=x%20y"},
        {"our own parameters stay here", "path=/api/peers&apikey=secret", "GET /api/peers"},
        {"no path", "", ""},
        {"an empty path", "path=", ""},
        {"up", "path=/api/../metrics", ""},
        {"up, encoded", "path=/api/%2e%2e/metrics", ""},
        {"up, encoded twice", "path=/api/%252e%252e/metrics", ""},
        {"another host", "path=//evil.test/api/peers", ""},
        {"a URL", "path=http://evil.test/api/peers", ""},
        {"a line", "path=/api/peers%0d%0aX:%20y", ""},
        {"a fragment", "path=/api/peers%23", ""},
        {"a broken escape", "path=/api/peers&x=%zz", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto before = m_server.requests().size();
        const Reply reply = proxy(Who::boss, "GET", c.query);
        if (*c.expect == '\0') {
            EXPECT_EQ(reply.status, 400U) << reply.raw;
            EXPECT_EQ(m_server.requests().size(), before);
        } else {
            EXPECT_EQ(reply.status, 200U) << reply.raw;
            EXPECT_EQ(m_server.requests().back(), c.expect);
        }
    }
    EXPECT_EQ(value("SELECT count(*) FROM audit_logs WHERE CAST(details AS TEXT) LIKE '%secret%'"),
              "0");
}

TEST_F(NetBirdProxy, TheCallersHeadersStayHere) {
    connect_own(Who::boss);
    proxy(Who::boss, "POST", "path=/api/groups", "{}",
          {{"Content-Type", "application/json"},
           {"Cookie", "c=1"},
           {"X-Own", "y"},
           {"X-Forwarded-For", "192.0.2.1"}});
    EXPECT_TRUE(m_seen.contains("Authorization: Token nbp_fake")) << m_seen;
    EXPECT_TRUE(m_seen.contains("Content-Type: application/json")) << m_seen;
    for (const char* word : {"Cookie", "X-Own", "X-Forwarded-For", "Bearer", "192.0.2.1"}) {
        EXPECT_FALSE(m_seen.contains(word)) << m_seen;
    }
}

TEST_F(NetBirdProxy, AnswersComeBackAsTheyAre) {
    connect_own(Who::boss);
    struct Case {
        unsigned status;
        const char* type;
        const char* body;
        const char* shown_type;
    };
    const Case cases[] = {
        {200, "application/json; charset=UTF-8", "[1]", "application/json; charset=UTF-8"},
        {200, "text/plain", "pong", "text/plain"},
        {422, "application/json", R"({"message":"no"})", "application/json"},
        {401, "application/json", R"({"message":"token invalid"})", "application/json"},
        {429, "text/plain", "slower", "text/plain"},
        {500, "application/problem+json", "{}", "application/problem+json"},
        {200, "text/html", "<script>alert(1)</script>", "application/octet-stream"},
        {200, "image/svg+xml", "<svg onload='x'/>", "application/octet-stream"},
        {200, "text/plainly", "x", "application/octet-stream"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.type);
        m_answer = net::Response{.status = c.status, .content_type = c.type, .body = c.body};
        m_answer.headers = {{"Retry-After", "3"}, {"Set-Cookie", "a=b"}};
        const Reply reply = proxy(Who::boss, "GET", "path=/api/x");
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.raw, c.body);
        EXPECT_EQ(reply.content_type, c.shown_type);
        EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(reply.header("Retry-After"), "3");
        EXPECT_EQ(reply.header("Set-Cookie"), "");
        EXPECT_EQ(json::parse(last_audit()).at("status").as_int64(), c.status);
    }
}

TEST_F(NetBirdProxy, Failures) {
    connect_own(Who::boss);
    m_server.set_faults({.fault = fakes::Fault::reset});
    const Reply reset = proxy(Who::boss, "GET", "path=/api/peers");
    EXPECT_EQ(reset.status, 502U);
    EXPECT_EQ(reset.code(), "network_unreachable");
    EXPECT_EQ(json::parse(last_audit()).at("status").as_int64(), 502);
    m_services->network_timeout = std::chrono::milliseconds(100);
    m_server.set_faults({.fault = fakes::Fault::slow, .delay = std::chrono::seconds(2)});
    const Reply slow = proxy(Who::boss, "GET", "path=/api/peers");
    EXPECT_EQ(slow.status, 504U);
    EXPECT_EQ(slow.code(), "network_timeout");
    EXPECT_EQ(json::parse(last_audit()).at("status").as_int64(), 504);
    EXPECT_EQ(calls(), "2");
    const std::string large(netbird_body_bytes_max, ' ');
    EXPECT_EQ(proxy(Who::boss, "POST", "path=/api/x", large + " ").status, 413U);
    EXPECT_EQ(proxy(Who::boss, "GET", "path=/api/x", " ").status, 413U);
}

}  // namespace
}  // namespace muster::api
