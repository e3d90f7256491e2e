// Requests about private networks: connections and what is asked through them, NetBird's API, and
// what Tailscale sends by itself.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "twins/script.hpp"

namespace muster::twins {

namespace {

constexpr const char* connections = "/roster/v1/network/connections";

}  // namespace

void Script::make_network_request(Step& step) {
    static constexpr Choice choices[] = {
        {8, &Script::list_connections},   {16, &Script::add_connection},
        {10, &Script::change_connection}, {4, &Script::remove_connection},
        {6, &Script::test_connection},    {10, &Script::list_nodes},
        {30, &Script::use_tailscale_api}, {14, &Script::call_netbird},
        {6, &Script::deliver_webhook},
    };
    make_one(choices, step);
}

void Script::list_connections(Step& step) {
    get(step, connections);
    if (m_dice.chance(30)) step.target += "?organization_id=" + some_id("organization");
    add_credentials(step, admin());
}

json::object Script::connection_fields() {
    json::object body;
    const auto maybe = [&](const char* member, unsigned percent, std::string value) {
        if (m_dice.chance(percent)) body[member] = json::string(value);
    };
    // With a credential that is refused, the network cannot be reached.
    maybe("credential", 60,
          word({"secret", "other secret", "tskey-client-secret", Twin::bad_credential}));
    maybe("base_url", 60, word({"https://one.test", "https://two.test/api", "https://x.test", ""}));
    maybe("control_url", 10, word({"https://login.test", "no URL"}));
    maybe("user", 50, word({"muster", ""}));
    maybe("tailnet", 15, "example.org");
    maybe("client_id", 10, word({"client", ""}));
    maybe("webhook_secret", 50, Twin::webhook_secret);
    if (m_dice.chance(40)) body["tags"] = json::array{"tag:muster", name()};
    if (m_dice.chance(20)) body["pushes_trust"] = m_dice.chance(50);
    if (m_dice.chance(30)) body["is_default"] = m_dice.chance(95);
    if (m_dice.chance(20)) body["test"] = m_dice.chance(30);
    return body;
}

void Script::add_connection(Step& step) {
    json::object body = connection_fields();
    body["name"] = fmt::format("network {}", m_dice.below(12));
    body["network"] =
        word({"tailscale", "tailscale", "headscale", "netbird", "netbird", "carrier"});
    if (m_dice.chance(90)) body["credential"] = "secret";
    if (m_dice.chance(30)) body["organization_id"] = some_id("organization");
    post(step, connections, std::move(body));
    add_credentials(step, admin());
}

void Script::change_connection(Step& step) {
    json::object body = connection_fields();
    if (m_dice.chance(30)) body["name"] = fmt::format("network {}", m_dice.below(12));
    post(step, fmt::format("{}/{}", connections, some_id("connection")), std::move(body));
    step.method = "PATCH";
    add_credentials(step, admin());
}

void Script::remove_connection(Step& step) {
    step.method = "DELETE";
    step.target = fmt::format("{}/{}{}", connections, some_id("connection"),
                              word({"", "", "?force=true", "?force=false", "?force=x"}));
    add_credentials(step, admin());
}

void Script::test_connection(Step& step) {
    step.method = "POST";
    step.target = fmt::format("{}/{}/test", connections,
                              m_dice.chance(15) ? "server" : some_id("connection"));
    add_credentials(step, admin());
}

void Script::list_nodes(Step& step) {
    get(step, word({"/roster/v1/network/nodes", "/roster/v1/network/shadows"}));
    if (m_dice.chance(80)) {
        step.target +=
            "?connection=" + (m_dice.chance(20) ? std::string("server") : some_id("connection"));
    }
    add_credentials(step, admin());
}

void Script::use_tailscale_api(Step& step) {
    const std::string action =
        word({"list-devices", "check-device", "generate-auth-key", "generate-auth-key",
              "validate-enrollment", "validate-enrollment", "sync-devices", "dance"});
    json::object body{{"action", action}};
    if (m_dice.chance(55)) body["connection_id"] = some_id("connection");
    if (action == "check-device") body["identifier"] = word({"laptop", "100.64.0.1", "", "?"});
    if (action == "generate-auth-key" && m_dice.chance(20)) body["tags"] = json::array{"tag:x"};
    if (action == "generate-auth-key" && m_dice.chance(10)) body["group"] = name();
    const bool names_device = action == "generate-auth-key" || action == "validate-enrollment";
    if (names_device && m_dice.chance(85)) body["deviceId"] = some_id("device_id");
    if (action == "validate-enrollment" && m_dice.chance(30)) body["hostname"] = "laptop";
    if (!names_device && m_dice.chance(50)) {
        std::string query = "?action=" + action;
        for (const auto& member : body) {
            if (member.key() == "action" || !member.value().is_string()) continue;
            query += fmt::format("&{}={}", std::string(member.key()),
                                 base::encode_form(std::string(member.value().as_string())));
        }
        get(step, "/functions/v1/tailscale-api" + query);
    } else {
        post(step, "/functions/v1/tailscale-api", std::move(body));
    }
    add_credentials(step, m_dice.chance(70) ? admin() : someone());
}

void Script::call_netbird(Step& step) {
    const std::string method = word({"GET", "GET", "GET", "POST", "PUT", "PATCH", "DELETE"});
    const std::string path =
        word({"/api/peers", "/api/groups", "/api/setup-keys", "/api/peers/none", "/api/users/",
              "/elsewhere", "/api/../x", "/api/peers?name=a b", ""});
    std::string target = "/functions/v1/netbird-proxy?path=" + base::encode_form(path);
    if (m_dice.chance(40)) target += "&connection_id=" + some_id("connection");
    if (method == "GET") {
        get(step, std::move(target));
    } else {
        post(step, std::move(target), {{"name", name()}, {"type", "one-off"}});
        step.method = method;
    }
    add_credentials(step, admin());
}

void Script::deliver_webhook(Step& step) {
    const std::string type = word({"nodeCreated", "nodeDeleted", "userRoleUpdated"});
    step.method = "POST";
    step.target = "/webhooks/v1/tailscale/" +
                  (m_dice.chance(20) ? std::string("server") : some_id("connection"));
    step.body = json::serialize(
        json::array{json::object{{"type", type}, {"version", 1}, {"data", json::object{}}}});
    const auto age = std::chrono::seconds(m_dice.chance(90) ? 0 : 200'000);
    const std::string secret = m_dice.chance(90) ? Twin::webhook_secret : "another secret";
    const std::string time = std::to_string(core::to_unix_seconds(step.at - age));
    step.headers.emplace_back("Tailscale-Webhook-Signature",
                              fmt::format("t={},v1={}", time,
                                          base::to_hex(crypto::hmac_sha256(
                                              base::bytes_of(secret), time + "." + step.body))));
}

}  // namespace muster::twins
