// Devices and their history: who sees and deletes what.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/roster/devices.hpp"
#include "api/roster_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Texts = std::vector<std::string>;
using Set = std::set<std::string>;

class RosterDevices : public Roster {};

TEST_F(RosterDevices, WhoMayCallWhat) {
    const std::string device = "/roster/v1/devices/" + generate_token(Who::ana).device_id;
    const std::string organization = "/roster/v1/organizations/" + organization_id('A');
    const std::string name = R"({"name":"New"})";
    const std::string role = R"({"role":"user"})";
    const std::string policy = R"({"inactive_after_seconds":3600})";
    const struct {
        const char* name;
        const char* method;
        std::string target;
        std::string body;
        unsigned ana, sue, boss, other_boss, root, service;
    } cases[] = {
        {"list devices", "GET", "/roster/v1/devices", "", 200, 200, 200, 200, 200, 200},
        {"show a device", "GET", device, "", 200, 404, 200, 404, 200, 200},
        {"list events", "GET", "/roster/v1/events", "", 200, 200, 200, 200, 200, 200},
        {"list audit", "GET", "/roster/v1/audit", "", 403, 200, 200, 200, 200, 200},
        {"list users", "GET", "/roster/v1/users", "", 403, 403, 200, 200, 200, 200},
        {"set a role", "PATCH", path_of(Who::ben), role, 403, 403, 200, 404, 200, 200},
        {"list organizations", "GET", "/roster/v1/organizations", "", 200, 200, 200, 200, 200, 200},
        {"create an organization", "POST", "/roster/v1/organizations", name, 403, 403, 403, 403,
         201, 201},
        {"set a policy", "PATCH", organization, policy, 403, 403, 200, 404, 200, 200},
        {"list nodes", "GET", "/roster/v1/network/nodes", "", 403, 403, 409, 409, 200, 200},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto status = [&](Who who) { return send(who, c.method, c.target, c.body).status; };
        EXPECT_EQ(status(Who::ana), c.ana);
        EXPECT_EQ(status(Who::sue), c.sue);
        EXPECT_EQ(status(Who::boss), c.boss);
        EXPECT_EQ(status(Who::other_boss), c.other_boss);
        EXPECT_EQ(status(Who::root), c.root);
        EXPECT_EQ(status(Who::service), c.service);
        for (const Who who : {Who::nobody, Who::anon_key}) {
            const Reply reply = send(who, c.method, c.target, c.body);
            EXPECT_EQ(reply.status, 401U);
            EXPECT_EQ(reply.code(), "authorization_required");
        }
        for (const Who who : {Who::ghost, Who::forger}) {
            const Reply reply = send(who, c.method, c.target, c.body);
            EXPECT_EQ(reply.status, 401U);
            EXPECT_EQ(reply.code(), "invalid_authentication");
        }
    }
}

TEST_F(RosterDevices, EachSeesTheirOwnPart) {
    const std::string ana = generate_token(Who::ana).device_id;
    const std::string ana_too = generate_token(Who::ana).device_id;
    const std::string ben = generate_token(Who::ben).device_id;
    const std::string sue = generate_token(Who::sue).device_id;
    const std::string root = generate_token(Who::root).device_id;
    const std::string other = generate_token(Who::other_boss).device_id;
    const Set a{ana, ana_too, ben, sue, root};
    const Set all{ana, ana_too, ben, sue, root, other};
    const struct {
        const char* name;
        Who who;
        Set devices;
        Set events;  ///< the devices that the events are of
    } cases[] = {
        {"a user: the own", Who::ana, {ana, ana_too}, {ana, ana_too}},
        {"another user", Who::ben, {ben}, {ben}},
        {"support: the organization's history", Who::sue, {sue}, a},
        {"an admin: the organization", Who::boss, a, a},
        {"another organization's admin", Who::other_boss, {other}, {other}},
        {"a global admin: all", Who::root, all, all},
        {"the service key: all", Who::service, all, all},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(set_of(texts(get(c.who, "/roster/v1/devices"), "devices", "id")), c.devices);
        EXPECT_EQ(set_of(texts(get(c.who, "/roster/v1/events"), "events", "device_id")), c.events);
        for (const std::string& id : all) {
            const Reply shown = get(c.who, "/roster/v1/devices/" + id);
            EXPECT_EQ(shown.status, c.devices.contains(id) ? 200U : 404U);
            if (shown.status == 404) {
                EXPECT_EQ(shown.code(), "device_not_found");
            }
            const Reply history = get(c.who, "/roster/v1/events?device_id=" + id);
            EXPECT_EQ(history.body.at("events").as_array().empty(), !c.events.contains(id));
        }
    }
}

TEST_F(RosterDevices, AuditIsTheOrganizations) {
    const std::string a = generate_token(Who::ana).device_id;
    const std::string b = generate_token(Who::other_boss).device_id;
    const struct {
        const char* name;
        Who who;
        bool sees_a;
        bool sees_b;
    } cases[] = {
        {"support", Who::sue, true, false},          {"an admin", Who::boss, true, false},
        {"another's", Who::other_boss, false, true}, {"global", Who::root, true, true},
        {"service", Who::service, true, true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = get(c.who, "/roster/v1/audit");
        const std::string text = json::serialize(reply.body);
        EXPECT_EQ(text.contains(a), c.sees_a);
        EXPECT_EQ(text.contains(b), c.sees_b);
    }
    const Reply reply = get(Who::boss, "/roster/v1/audit");
    const json::object& entry = reply.body.at("entries").at(0).as_object();
    EXPECT_EQ(entry.at("event").as_string(), "pending_device_created");
    EXPECT_EQ(entry.at("user_id").as_string(), user_id(Who::ana));
    EXPECT_EQ(entry.at("organization_id").as_string(), organization_id('A'));
    EXPECT_EQ(entry.at("details").at("device_id").as_string(), a);
}

TEST_F(RosterDevices, ADeviceIsShownWithItsReasons) {
    const std::string id = connected_device(Who::ana, "fp-1");
    const Reply reply = get(Who::ana, "/roster/v1/devices/" + id);
    const json::object& device = reply.body.at("device").as_object();
    EXPECT_EQ(device.at("user_email").as_string(), "ana@a.test");
    EXPECT_EQ(device.at("fingerprint").as_string(), "fp-1");
    EXPECT_EQ(device.at("network").as_string(), "simulated");
    const json::object& trust = reply.body.at("trust").as_object();
    EXPECT_EQ(trust.at("level").as_string(), "high");
    EXPECT_EQ(trust.at("score").to_number<int>(), 100);
    EXPECT_FALSE(trust.at("pinned").as_bool());
    EXPECT_EQ(trust.at("reasons").as_array().size(), 3U);
    EXPECT_EQ(reply.body.at("membership").at("node_id").as_string(),
              column(id, "tailscale_device_id"));
    EXPECT_TRUE(reply.body.at("jobs").as_array().empty());
    for (const char* const secret : {"enrollment_token", "tailscale_auth_key"}) {
        EXPECT_FALSE(device.contains(secret));
    }
    EXPECT_FALSE(json::serialize(reply.body).contains("sealed."));
}

TEST_F(RosterDevices, DeletingADeviceKeepsItsHistory) {
    const std::string id = connected_device(Who::ana, "fp-1");
    const std::string path = "/roster/v1/devices/" + id;
    const std::string history = "/roster/v1/events?device_id=" + id;
    const Texts before = texts(get(Who::ana, history), "events", "id");
    const struct {
        const char* name;
        Who who;
        unsigned status;
    } refused[] = {
        {"nobody", Who::nobody, 401}, {"a colleague", Who::ben, 404},
        {"support", Who::sue, 404},   {"another's admin", Who::other_boss, 404},
        {"forged", Who::forger, 401},
    };
    for (const auto& c : refused) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(send(c.who, "DELETE", path).status, c.status);
    }
    EXPECT_EQ(m_wakes, 0);
    const Reply deleted = send(Who::ana, "DELETE", path);
    EXPECT_EQ(json::serialize(deleted.body), R"({"success":true})");
    EXPECT_EQ(m_wakes, 1) << "its node must leave the network";
    EXPECT_EQ(get(Who::ana, path).status, 404U);
    EXPECT_EQ(send(Who::ana, "DELETE", path).status, 404U);

    for (const Who who : {Who::ana, Who::boss, Who::sue, Who::root, Who::service}) {
        const Reply reply = get(who, history);
        const Texts after = texts(reply, "events", "id");
        ASSERT_EQ(after.size(), before.size() + 1);
        EXPECT_EQ(Texts(after.begin() + 1, after.end()), before);
        EXPECT_EQ(reply.body.at("events").at(0).at("event_type").as_string(), "device_deleted");
        for (const json::value& event : reply.body.at("events").as_array()) {
            EXPECT_TRUE(event.at("archived").as_bool());
        }
    }
    EXPECT_TRUE(get(Who::ben, history).body.at("events").as_array().empty());
    EXPECT_TRUE(get(Who::other_boss, history).body.at("events").as_array().empty());
    EXPECT_EQ(audit_of(id).back(), "device_deleted");
    EXPECT_EQ(events_of(id), Texts{});
}

TEST_F(RosterDevices, NodesOfTheNetwork) {
    const std::string id = connected_device(Who::ana, "fp-1");
    const Reply reply = get(Who::root, "/roster/v1/network/nodes");
    EXPECT_EQ(reply.text("network"), "simulated");
    EXPECT_EQ(texts(reply, "nodes", "id"), Texts{column(id, "tailscale_device_id")});
    networks::SimulatedFaults down;
    down.fail_next = 1;
    m_network->set_faults(down);
    const Reply failed = get(Who::root, "/roster/v1/network/nodes");
    EXPECT_EQ(failed.status, 502U);
    EXPECT_EQ(failed.code(), "network_unreachable");
    *m_networks = networks::Pool(nullptr, {});
    const Reply none = get(Who::root, "/roster/v1/network/nodes");
    EXPECT_EQ(none.status, 409U);
    EXPECT_EQ(none.code(), "network_not_configured");
}

}  // namespace
}  // namespace muster::api
