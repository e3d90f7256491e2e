// /roster/v1/network/connections: what is kept, what is shown, what is refused.
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "api/network_test.hpp"
#include "api/roster/connection_input.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;

struct FieldCase;

class Connections : public NetworkRoutes {
protected:
    json::object with(json::object body, std::string_view name, json::value value) const {
        body[name] = std::move(value);
        return body;
    }
    void expect_fields(std::span<const FieldCase> cases);
    std::string count() { return value("SELECT count(*) FROM network_connections"); }
};

TEST_F(Connections, OneIsTriedAndKept) {
    const Reply reply = add(Who::boss, tailscale_body("Tailnet"));
    ASSERT_EQ(reply.status, 201U) << reply.raw;
    EXPECT_EQ(members_of(reply), (std::vector<std::string>{"connection", "probe"}));
    const json::object& connection = reply.body.at("connection").as_object();
    const std::string id(connection.at("id").as_string());
    const char* members[] = {"id",
                             "organization_id",
                             "name",
                             "network",
                             "base_url",
                             "control_url",
                             "tailnet",
                             "client_id",
                             "user",
                             "tags",
                             "pushes_trust",
                             "is_default",
                             "has_webhook_secret",
                             "webhook_url",
                             "created_by",
                             "created_at",
                             "updated_at",
                             "devices",
                             "waiting_jobs",
                             "state",
                             "last_error",
                             "state_changed_at"};
    for (const char* member : members) EXPECT_TRUE(connection.contains(member)) << member;
    EXPECT_EQ(connection.size(), std::size(members));
    EXPECT_EQ(connection.at("organization_id").as_string(), organization_id('A'));
    EXPECT_EQ(connection.at("base_url").as_string(), m_tailscale.base_url());
    EXPECT_EQ(json::serialize(connection.at("tags")), R"(["tag:muster"])");
    EXPECT_TRUE(connection.at("tailnet").is_null());
    EXPECT_TRUE(connection.at("is_default").as_bool()) << "the first one";
    EXPECT_EQ(connection.at("webhook_url").as_string(),
              "http://muster.test/webhooks/v1/tailscale/" + id);
    EXPECT_EQ(connection.at("created_by").as_string(), user_id(Who::boss));
    EXPECT_EQ(connection.at("state").as_string(), "unknown") << "the draft's calls are not its own";
    EXPECT_TRUE(connection.at("state_changed_at").is_null());
    const std::string description(reply.body.at("probe").at("description").as_string());
    EXPECT_TRUE(description.contains("tailnet")) << description;
    EXPECT_FALSE(reply.raw.contains(fakes::TailscaleFake::api_key));
    EXPECT_FALSE(value("SELECT credential FROM network_connections")
                     .contains(fakes::TailscaleFake::api_key));
}

TEST_F(Connections, WhatFailsItsTestIsNotKept) {
    json::object body = headscale_body("HS");
    body["credential"] = "wrong";
    const Reply refused = add(Who::boss, body);
    EXPECT_EQ(refused.status, 502U);
    EXPECT_EQ(refused.code(), "network_refused");
    EXPECT_EQ(count(), "0");
    body["test"] = false;
    const Reply kept = add(Who::boss, body);
    EXPECT_EQ(kept.status, 201U) << kept.raw;
    EXPECT_TRUE(kept.body.at("probe").is_null());
    const std::string id(kept.body.at("connection").at("id").as_string());
    const Reply tested = post(Who::boss, path_of_connection(id) + "/test", {});
    EXPECT_EQ(tested.code(), "network_refused");
    EXPECT_EQ(patch(Who::boss, path_of_connection(id), {{"credential", "wrong, too"}}).code(),
              "network_refused");
    const Reply right =
        patch(Who::boss, path_of_connection(id), {{"credential", "hskey-api-fake000000-fake"}});
    EXPECT_EQ(right.status, 200U) << right.raw;
    EXPECT_FALSE(right.body.at("probe").is_null());
    EXPECT_EQ(post(Who::boss, path_of_connection(id) + "/test", {}).status, 200U);
}

struct FieldCase {
    const char* name;
    const char* member;
    json::value given;
    const char* code;  ///< empty: accepted
};

json::value text(const std::string& given) {
    return json::value(given);
}

void Connections::expect_fields(std::span<const FieldCase> cases) {
    int number = 0;
    for (const FieldCase& c : cases) {
        SCOPED_TRACE(c.name);
        json::object body{{"name", "connection " + std::to_string(++number)},
                          {"network", "headscale"},
                          {"base_url", "https://hs.example.org"},
                          {"user", "muster"},
                          {"credential", "hskey-api-x"},
                          {"organization_id", organization_id('A')},
                          {"test", false}};
        body[c.member] = c.given;
        const Reply reply = add(Who::root, body);
        EXPECT_EQ(reply.code(), c.code) << reply.raw;
        EXPECT_EQ(reply.status, *c.code == '\0' ? 201U : 400U);
    }
}

TEST_F(Connections, TextsAreChecked) {
    const std::string url = "https://hs.example.org";
    const std::string long_url = url + "/" + std::string(1998 - url.size(), 'p');
    const FieldCase cases[] = {
        {"no name", "name", nullptr, "missing_field"},
        {"an empty name", "name", "", "invalid_length"},
        {"a name at its limit", "name", text(std::string(100, 'n')), ""},
        {"a name past it", "name", text(std::string(101, 'n')), "invalid_length"},
        {"a name that is a number", "name", 7, "invalid_type"},
        {"a name with a line", "name", "a\nb", "invalid_characters"},
        {"no network", "network", nullptr, "missing_field"},
        {"another network", "network", "simulated", "invalid_value"},
        {"no credential", "credential", nullptr, "missing_field"},
        {"an empty credential", "credential", "", "invalid_length"},
        {"a credential at its limit", "credential", text(std::string(4096, 'c')), ""},
        {"a credential past it", "credential", text(std::string(4097, 'c')), "invalid_length"},
        {"a credential of two lines", "credential", "a\r\nb", "invalid_characters"},
        {"no base URL", "base_url", nullptr, "missing_field"},
        {"a URL at its limit", "base_url", text(long_url + "p"), ""},
        {"a URL past it", "base_url", text(long_url + "pp"), "invalid_length"},
        {"another scheme", "base_url", "ftp://hs.example.org", "invalid_type"},
        {"no scheme", "base_url", "hs.example.org", "invalid_type"},
        {"a user name", "base_url", "https://root:pw@hs.example.org", "invalid_type"},
        {"a query", "base_url", text(url + "?a=b"), "invalid_type"},
        {"a fragment", "base_url", text(url + "#a"), "invalid_type"},
        {"a slash at the end", "base_url", text(url + "/"), "invalid_type"},
        {"a path", "base_url", text(url + "/headscale"), ""},
        {"a URL with a space", "base_url", text(url + "/a b"), "invalid_type"},
        {"a control URL with a query", "control_url", text(url + "?a"), "invalid_type"},
        {"a control URL", "control_url", text(url), ""},
        {"a tailnet past its limit", "tailnet", text(std::string(101, 't')), "invalid_length"},
        {"a tailnet at it", "tailnet", text(std::string(100, 't')), ""},
        {"a client past its limit", "client_id", text(std::string(101, 't')), "invalid_length"},
        {"a user past its limit", "user", text(std::string(101, 'u')), "invalid_length"},
        {"neither user nor tags", "user", nullptr, "missing_field"},
    };
    expect_fields(cases);
}

TEST_F(Connections, ListsAndFlagsAreChecked) {
    json::array fifty;
    for (std::size_t i = 0; i < network_tags_max; ++i) fifty.emplace_back("tag:x");
    json::array more = fifty;
    more.emplace_back("tag:x");
    const FieldCase cases[] = {
        {"fifty tags", "tags", fifty, ""},
        {"a tag more", "tags", more, "invalid_type"},
        {"an empty tag", "tags", json::array{""}, "invalid_length"},
        {"a tag at its limit", "tags", json::array{std::string(100, 't')}, ""},
        {"a tag past it", "tags", json::array{std::string(101, 't')}, "invalid_length"},
        {"a tag that is none", "tags", json::array{7}, "invalid_type"},
        {"a tag that is null", "tags", json::array{nullptr}, "invalid_type"},
        {"tags that are text", "tags", "tag:x", "invalid_type"},
        {"a secret past its limit", "webhook_secret", text(std::string(513, 's')),
         "invalid_length"},
        {"a secret at it", "webhook_secret", text(std::string(512, 's')), ""},
        {"trust that is text", "pushes_trust", "yes", "invalid_type"},
        {"a default that is text", "is_default", "yes", "invalid_type"},
        {"a test that is text", "test", "no", "invalid_type"},
        {"an organization that is none", "organization_id", "A", "invalid_type"},
    };
    expect_fields(cases);
}

TEST_F(Connections, OAuthClientsNeedTags) {
    const auto tailscale = [&](json::object more) {
        json::object body{{"name", json::serialize(more)},
                          {"network", "tailscale"},
                          {"credential", "tskey-api-x"},
                          {"test", false}};
        for (const auto& [name, value] : more) body[name] = value;
        return add(Who::boss, body);
    };
    EXPECT_EQ(tailscale({}).status, 201U) << "an API key makes keys without tags, too";
    EXPECT_EQ(tailscale({{"client_id", "c"}}).code(), "missing_field");
    EXPECT_EQ(tailscale({{"credential", "tskey-client-x"}}).code(), "missing_field");
    const json::array tags{"tag:x"};
    const Reply kept = tailscale({{"credential", "tskey-client-x"}, {"tags", tags}});
    ASSERT_EQ(kept.status, 201U);
    const std::string id(kept.body.at("connection").at("id").as_string());
    const json::object none{{"tags", json::array()}, {"test", false}};
    EXPECT_EQ(patch(Who::boss, path_of_connection(id), none).code(), "missing_field");
}

TEST_F(Connections, OnlyNamedHostsForAnOrganizationsAdmin) {
    m_rules.network_hosts = {"hs.example.org", "2001:db8::1"};
    struct Case {
        const char* name;
        Who who;
        const char* url;
        unsigned status;
    };
    const Case cases[] = {
        {"a named host", Who::boss, "https://hs.example.org", 201},
        {"in capitals, with a port", Who::boss, "https://HS.Example.org:8443/x", 201},
        {"an address in a longer form", Who::boss, "http://[2001:0DB8:0::1]:8080", 201},
        {"another host", Who::boss, "http://127.0.0.1:8080", 403},
        {"the metadata of a cloud", Who::boss, "http://192.0.2.254", 403},
        {"a named one as a user name", Who::boss, "http://hs.example.org@127.0.0.1", 400},
        {"a named one as a part", Who::boss, "http://hs.example.org.evil.test", 403},
        {"a named one behind a dot", Who::boss, "http://hs.example.org.", 403},
        {"a global admin: any", Who::root, "http://127.0.0.1:8080", 201},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        json::object body = headscale_body(c.name);
        body["base_url"] = c.url;
        body["test"] = false;
        const Reply reply = add(c.who, body);
        EXPECT_EQ(reply.status, c.status) << reply.raw;
    }
    const auto asked = m_headscale.server().requests();
    EXPECT_TRUE(asked.empty());
}

TEST_F(Connections, WhoMayDoWhat) {
    const std::string id = connect(Who::boss, headscale_body("HS"));
    struct Case {
        const char* name;
        Who who;
        unsigned list;
        unsigned one;  ///< status of what is asked of A's connection
        unsigned create;
    };
    const Case cases[] = {
        {"nobody", Who::nobody, 401, 401, 401},
        {"a user", Who::ana, 403, 404, 403},
        {"support", Who::sue, 403, 404, 403},
        {"another organization's admin", Who::other_boss, 200, 404, 403},
        {"its admin", Who::boss, 200, 200, 409},
        {"a global admin", Who::root, 200, 200, 409},
        {"the service key", Who::service, 200, 200, 409},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(get(c.who, connections_path).status, c.list);
        EXPECT_EQ(post(c.who, path_of_connection(id) + "/test", {}).status, c.one);
        EXPECT_EQ(patch(c.who, path_of_connection(id), {{"name", "HS"}}).status, c.one);
        const json::object body =
            with(headscale_body("HS"), "organization_id", json::string(organization_id('A')));
        EXPECT_EQ(add(c.who, body).status, c.create);
    }
    EXPECT_EQ(add(Who::service, headscale_body("HS")).code(), "missing_field");
    EXPECT_EQ(get(Who::other_boss, connections_path).body.at("connections").as_array().size(), 0U);
    const std::string of_a =
        std::string(connections_path) + "?organization_id=" + organization_id('A');
    EXPECT_EQ(get(Who::other_boss, of_a).status, 403U);
    EXPECT_EQ(texts(get(Who::service, of_a), "connections", "name"),
              (std::vector<std::string>{"HS"}));
    for (const Who who : {Who::ana, Who::other_boss}) {
        EXPECT_EQ(send(who, "DELETE", path_of_connection(id)).status, 404U);
    }
    EXPECT_EQ(send(Who::boss, "DELETE", path_of_connection("7")).code(),
              "network_connection_not_found");
}

TEST_F(Connections, GlobalAdminsSeeTheServersOwn) {
    const json::value listed = get(Who::root, connections_path).body.at("connections").at(0);
    EXPECT_TRUE(listed.at("id").is_null());
    EXPECT_TRUE(listed.at("organization_id").is_null());
    EXPECT_EQ(listed.at("name").as_string(), "server");
    EXPECT_EQ(listed.at("network").as_string(), "simulated");
    EXPECT_EQ(listed.at("devices").as_int64(), 0);
    connect(Who::root, headscale_body("HS"));
    EXPECT_EQ(get(Who::root, connections_path).body.at("connections").at(1).as_object().size(),
              listed.as_object().size())
        << "the same members";
    ASSERT_EQ(post(Who::root, path_of_connection("server") + "/test", {}).status, 200U);
    EXPECT_EQ(post(Who::boss, path_of_connection("server") + "/test", {}).status, 403U);
    EXPECT_EQ(send(Who::root, "DELETE", path_of_connection("server")).status, 404U);
    m_rules.default_network = "none";
    EXPECT_EQ(get(Who::root, connections_path).body.at("connections").as_array().size(), 1U);
    EXPECT_EQ(post(Who::root, path_of_connection("server") + "/test", {}).code(),
              "network_not_configured");
}

TEST_F(Connections, Changes) {
    connect(Who::boss, headscale_body("HS"));
    const std::string second = connect(Who::boss, tailscale_body("Tailnet"));
    const std::string path = path_of_connection(second);
    EXPECT_EQ(patch(Who::boss, path, {{"name", "HS"}}).code(), "network_connection_exists");
    const auto calls = m_tailscale.server().requests().size();
    const Reply renamed =
        patch(Who::boss, path, {{"name", "TS"}, {"webhook_secret", "tskey-webhook-x"}});
    ASSERT_EQ(renamed.status, 200U) << renamed.raw;
    EXPECT_TRUE(renamed.body.at("probe").is_null());
    EXPECT_EQ(m_tailscale.server().requests().size(), calls) << "nothing for the network to say";
    EXPECT_TRUE(renamed.body.at("connection").at("has_webhook_secret").as_bool());
    EXPECT_FALSE(renamed.body.at("connection").at("is_default").as_bool());
    EXPECT_FALSE(renamed.raw.contains("tskey-webhook-x"));
    const Reply moved = patch(Who::boss, path, {{"is_default", true}});
    EXPECT_TRUE(moved.body.at("connection").at("is_default").as_bool()) << moved.raw;
    EXPECT_EQ(value("SELECT count(*) FROM network_connections WHERE is_default"), "1");
    EXPECT_EQ(patch(Who::boss, path, {{"is_default", false}}).code(), "invalid_value");
    EXPECT_EQ(patch(Who::boss, path, {}).code(), "missing_field");
    EXPECT_EQ(patch(Who::boss, path, {{"network", "netbird"}}).code(), "missing_field")
        << "a connection stays on its network";
    const Reply sent_elsewhere =
        patch(Who::boss, path, {{"base_url", "http://127.0.0.1:9"}, {"test", false}});
    EXPECT_EQ(sent_elsewhere.code(), "missing_field") << "its credential would be sent there";
    const Reply tailnet = patch(Who::boss, path, {{"tailnet", "example.org"}});
    EXPECT_EQ(tailnet.body.at("connection").at("tailnet").as_string(), "example.org");
    const Reply none = patch(Who::boss, path, {{"tailnet", ""}});
    EXPECT_TRUE(none.body.at("connection").at("tailnet").is_null());
    EXPECT_EQ(none.body.at("connection").at("name").as_string(), "TS");
}

TEST_F(Connections, Removal) {
    const std::string id = connect(Who::boss, headscale_body("HS"));
    const std::string path = path_of_connection(id);
    const std::string device = generate_token(Who::ana).device_id;
    sql("INSERT INTO network_memberships (device_id, network, connection_id) VALUES ('" + device +
        "', 'headscale', '" + id + "')");
    const json::value listed = get(Who::boss, connections_path).body.at("connections").at(0);
    EXPECT_EQ(listed.at("devices").as_int64(), 1);
    const Reply used = send(Who::boss, "DELETE", path);
    EXPECT_EQ(used.status, 409U);
    EXPECT_EQ(used.code(), "network_connection_in_use");
    EXPECT_EQ(send(Who::boss, "DELETE", path + "?force=perhaps").code(), "invalid_value");
    const Reply removed = send(Who::boss, "DELETE", path + "?force=true");
    EXPECT_EQ(removed.status, 200U) << removed.raw;
    EXPECT_TRUE(removed.body.at("success").as_bool());
    EXPECT_EQ(get(Who::boss, connections_path).body.at("connections").as_array().size(), 0U);
    EXPECT_EQ(send(Who::boss, "DELETE", path).status, 404U);
}

TEST_F(Connections, StateIsThatOfItsCalls) {
    const std::string id = connect(Who::boss, headscale_body("HS"));
    ASSERT_EQ(post(Who::boss, path_of_connection(id) + "/test", {}).status, 200U);
    json::value listed = get(Who::boss, connections_path).body.at("connections").at(0);
    EXPECT_EQ(listed.at("state").as_string(), "good");
    EXPECT_TRUE(listed.at("last_error").is_null());
    EXPECT_TRUE(listed.at("state_changed_at").is_string());
    m_headscale.server().set_faults({.fault = fakes::Fault::error, .count = 100});
    EXPECT_EQ(post(Who::boss, path_of_connection(id) + "/test", {}).code(), "network_unreachable");
    listed = get(Who::boss, connections_path).body.at("connections").at(0);
    EXPECT_EQ(listed.at("state").as_string(), "failing");
    EXPECT_EQ(listed.at("last_error").as_string(), "network_unreachable");
}

}  // namespace
}  // namespace muster::api
