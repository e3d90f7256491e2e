// The roster's routes: who sees and changes what, page by page, and one past each limit.
// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/api_test.hpp"
#include "api/roster/accounts.hpp"
#include "api/roster/devices.hpp"
#include "api/roster/history.hpp"
#include "api/roster/input.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Texts = std::vector<std::string>;
using Set = std::set<std::string>;

constexpr const char* nobody_s_id = "00000000-0000-7000-8000-000000000000";

class Roster : public ApiTest {
protected:
    Reply get(Who who, const std::string& target) { return send(who, "GET", target); }
    Reply post(Who who, const std::string& target, const json::object& body) {
        return send(who, "POST", target, json::serialize(body));
    }
    Reply patch(Who who, const std::string& target, const json::object& body) {
        return send(who, "PATCH", target, json::serialize(body));
    }
    /// A member of each row of a list.
    static Texts texts(const Reply& reply, std::string_view list, std::string_view member) {
        Texts found;
        for (const json::value& row : reply.body.at(list).as_array()) {
            found.emplace_back(row.at(member).as_string());
        }
        return found;
    }
    static Set set_of(const Texts& texts) { return {texts.begin(), texts.end()}; }
    void sql(const std::string& statement) {
        const auto done = m_store->write_now([&](store::Transaction& tx) -> core::Result<void> {
            tx.execute(statement);
            return {};
        });
        ASSERT_TRUE(done);
    }
    std::string path_of(Who who) { return "/roster/v1/users/" + user_id(who); }
    /// All rows of a list, page by page.
    Texts read_pages(Who who, const std::string& target, std::string_view list, int limit) {
        Texts ids;
        std::string cursor;
        for (int page = 0; page < 100; ++page) {
            const char joint = target.contains('?') ? '&' : '?';
            const Reply reply = get(who, target + joint + "limit=" + std::to_string(limit) +
                                             (cursor.empty() ? "" : "&cursor=" + cursor));
            EXPECT_EQ(reply.status, 200U) << json::serialize(reply.body);
            const Texts more = texts(reply, list, "id");
            EXPECT_LE(more.size(), static_cast<std::size_t>(limit));
            ids.insert(ids.end(), more.begin(), more.end());
            cursor = reply.text("next_cursor");
            if (cursor.empty()) return ids;
        }
        ADD_FAILURE() << "the pages never end";
        return ids;
    }
};

TEST_F(Roster, WhoMayCallWhat) {
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
        {"list nodes", "GET", "/roster/v1/network/nodes", "", 403, 403, 403, 403, 200, 200},
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

TEST_F(Roster, EachSeesTheirOwnPart) {
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

TEST_F(Roster, AuditIsTheOrganizations) {
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

TEST_F(Roster, ADeviceIsShownWithItsReasons) {
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

TEST_F(Roster, PathsThatNameNothing) {
    for (const char* const id : {nobody_s_id, "x", "%", "00000000-0000-7000-8000-00000000000",
                                 "00000000-0000-7000-8000-0000000000000"}) {
        SCOPED_TRACE(id);
        const std::string device = std::string("/roster/v1/devices/") + id;
        const std::string user = std::string("/roster/v1/users/") + id;
        const std::string organization = std::string("/roster/v1/organizations/") + id;
        EXPECT_EQ(get(Who::root, device).code(), "device_not_found");
        EXPECT_EQ(send(Who::root, "DELETE", device).code(), "device_not_found");
        EXPECT_EQ(send(Who::root, "DELETE", user).code(), "user_not_found");
        EXPECT_EQ(patch(Who::root, user, {{"role", "user"}}).code(), "user_not_found");
        EXPECT_EQ(patch(Who::root, organization, {{"inactive_after_seconds", 60}}).code(),
                  "organization_not_found");
    }
}

TEST_F(Roster, PagesHaveNeitherGapNorOverlap) {
    for (int i = 0; i < 7; ++i) {
        const Who who = i % 2 == 0 ? Who::ana : Who::ben;
        const Pending pending = generate_token(who);
        if (i == 3) {
            ASSERT_EQ(send(who, "DELETE", "/roster/v1/devices/" + pending.device_id).status, 200U);
        }
        if (i % 3 != 0) m_clock.advance(std::chrono::seconds(1));
    }
    const struct {
        const char* target;
        const char* list;
        std::size_t count;
    } lists[] = {
        {"/roster/v1/devices", "devices", 6},
        {"/roster/v1/devices?status=pending", "devices", 6},
        {"/roster/v1/events", "events", 8},  // seven made, one deleted
        {"/roster/v1/audit", "entries", 8},
    };
    for (const auto& list : lists) {
        SCOPED_TRACE(list.target);
        const Texts whole = read_pages(Who::boss, list.target, list.list, page_size_max);
        EXPECT_EQ(whole.size(), list.count);
        EXPECT_EQ(set_of(whole).size(), list.count);
        EXPECT_TRUE(std::ranges::is_sorted(whole, std::greater<>())) << "newest first";
        for (int limit = 1; limit <= static_cast<int>(list.count) + 1; ++limit) {
            EXPECT_EQ(read_pages(Who::boss, list.target, list.list, limit), whole) << limit;
        }
    }
}

TEST_F(Roster, PageLimits) {
    const struct {
        const char* name;
        const char* limit;
        unsigned status;
    } cases[] = {
        {"least", "1", 200},           {"most", "200", 200},
        {"one past it", "201", 400},   {"none", "0", 400},
        {"empty is default", "", 200}, {"negative", "-1", 400},
        {"a word", "x", 400},          {"a number and a word", "1x", 400},
        {"a fraction", "1.5", 400},    {"huge", "99999999999999999999", 400},
        {"a blank", "+1", 400},
    };
    for (const char* const route :
         {"/roster/v1/devices", "/roster/v1/events", "/roster/v1/audit"}) {
        for (const auto& c : cases) {
            SCOPED_TRACE(std::string(route) + ": " + c.name);
            const Reply reply = get(Who::boss, std::string(route) + "?limit=" + c.limit);
            EXPECT_EQ(reply.status, c.status);
            if (c.status == 400) {
                EXPECT_EQ(reply.code(), "invalid_value");
                EXPECT_TRUE(reply.text("error").contains("limit")) << reply.text("error");
                EXPECT_TRUE(reply.text("error").contains("1 to 200")) << reply.text("error");
            }
        }
    }
}

TEST_F(Roster, ADefaultPageHasFiftyRows) {
    sql("WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 51) "
        "INSERT INTO devices (user_id, name) SELECT '" +
        user_id(Who::ana) + "', 'many' FROM numbers");
    const Reply reply = get(Who::ana, "/roster/v1/devices");
    EXPECT_EQ(reply.body.at("devices").as_array().size(), static_cast<std::size_t>(page_size));
    EXPECT_FALSE(reply.text("next_cursor").empty());
    EXPECT_EQ(read_pages(Who::ana, "/roster/v1/devices", "devices", page_size).size(), 51U);
}

TEST_F(Roster, Filters) {
    const std::string high = connected_device(Who::ana, "fp-1");
    const std::string pending = generate_token(Who::ana).device_id;
    const std::string named =
        enrollment(Who::ben, {{"action", "generate_token"}, {"device_name", "Ben & co"}})
            .text("device_id");
    const std::string longest(254, 'x');
    const struct {
        const char* name;
        std::string query;
        Set found;
        const char* code;
    } cases[] = {
        {"none", "", {high, pending, named}, ""},
        {"status", "status=active", {high}, ""},
        {"another status", "status=pending", {pending, named}, ""},
        {"trust", "trust_level=high", {high}, ""},
        {"owner by address", "user=ben%40a.test", {named}, ""},
        {"in capitals", "user=BEN%40A.test", {named}, ""},
        {"owner by id", "user=" + user_id(Who::ana), {high, pending}, ""},
        {"name", "name=Ben+%26+co", {named}, ""},
        {"name in other letters", "name=ben+%26+co", {}, ""},
        {"both", "status=pending&user=ana%40a.test", {pending}, ""},
        {"nothing in common", "status=active&user=ben%40a.test", {}, ""},
        {"an owner elsewhere", "user=boss%40b.test", {}, ""},
        {"a quote is text", "name=%27+OR+1%3D1+--", {}, ""},
        {"a percent sign is text", "name=%25", {}, ""},
        {"longest", "name=" + longest, {}, ""},
        {"one past it", "name=" + longest + "x", {}, "invalid_length"},
        {"control character", "name=%07", {}, "invalid_characters"},
        {"bad UTF-8", "name=%ff", {}, "invalid_utf8"},
        {"unknown status", "status=lost", {}, "invalid_value"},
        {"unknown level", "trust_level=highest", {}, "invalid_value"},
        {"a cursor before everything", std::string("cursor=") + nobody_s_id, {}, ""},
        {"one past the longest cursor", "cursor=" + longest + "x", {}, "invalid_length"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = get(Who::boss, "/roster/v1/devices?" + c.query);
        EXPECT_EQ(reply.code(), c.code);
        if (*c.code) {
            EXPECT_EQ(reply.status, 400U);
        } else {
            EXPECT_EQ(set_of(texts(reply, "devices", "id")), c.found);
        }
    }
}

TEST_F(Roster, DeletingADeviceKeepsItsHistory) {
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

TEST_F(Roster, CreateUser) {
    const auto user = [&](json::object more) {
        json::object body{{"email", "new@a.test"}, {"full_name", "New"}};
        for (auto& [name, value] : more) body[name] = value;
        return body;
    };
    const std::string a = organization_id('A');
    const std::string b = organization_id('B');
    const struct {
        const char* name;
        Who who;
        json::object body;
        unsigned status;
        const char* code;
        const char* field;  ///< that the refusal names
    } cases[] = {
        {"by an admin", Who::boss, user({}), 201, "", ""},
        {"with a role", Who::boss, user({{"role", "org_admin"}}), 201, "", ""},
        {"in the own organization", Who::boss, user({{"organization_id", a}}), 201, "", ""},
        {"elsewhere", Who::boss, user({{"organization_id", b}}), 403, "permission_denied", ""},
        {"above itself", Who::boss, user({{"role", "global_admin"}}), 403, "permission_denied", ""},
        {"by a global admin elsewhere", Who::root, user({{"organization_id", b}}), 201, "", ""},
        {"a global admin by one", Who::root, user({{"role", "global_admin"}}), 201, "", ""},
        {"by the service key", Who::service, user({}), 201, "", ""},
        {"by a user", Who::ana, user({}), 403, "permission_denied", ""},
        {"by support", Who::sue, user({}), 403, "permission_denied", ""},
        {"by nobody", Who::nobody, user({}), 401, "authorization_required", ""},
        {"by a forger", Who::forger, user({}), 401, "invalid_authentication", ""},
        {"unknown organization", Who::root, user({{"organization_id", nobody_s_id}}), 404,
         "organization_not_found", ""},
        {"known address", Who::boss, user({{"email", "ana@a.test"}}), 409, "email_exists", ""},
        {"in capitals", Who::boss, user({{"email", "ANA@A.TEST"}}), 409, "email_exists", ""},
        {"known elsewhere", Who::boss, user({{"email", "boss@b.test"}}), 409, "email_exists", ""},
        {"no address", Who::boss, user({{"email", nullptr}}), 400, "missing_field", "email"},
        {"bad address", Who::boss, user({{"email", "new"}}), 400, "invalid_type", "email"},
        {"address with a blank", Who::boss, user({{"email", "n w@a.test"}}), 400, "invalid_type",
         "email"},
        {"address of 255", Who::boss, user({{"email", std::string(248, 'e') + "@a.test"}}), 400,
         "invalid_length", "email"},
        {"address of 254", Who::boss, user({{"email", std::string(247, 'e') + "@a.test"}}), 201, "",
         ""},
        {"no name", Who::boss, user({{"full_name", nullptr}}), 400, "missing_field", "full_name"},
        {"name of 200", Who::boss, user({{"full_name", std::string(200, 'n')}}), 201, "", ""},
        {"name of 201", Who::boss, user({{"full_name", std::string(201, 'n')}}), 400,
         "invalid_length", "full_name"},
        {"unknown role", Who::boss, user({{"role", "king"}}), 400, "invalid_value", "role"},
        {"role is a number", Who::boss, user({{"role", 1}}), 400, "invalid_type", "role"},
        {"organization no UUID", Who::boss, user({{"organization_id", "A"}}), 400, "invalid_type",
         "organization_id"},
        {"password of 7", Who::boss, user({{"password", "1234567"}}), 400, "weak_password", ""},
        {"password of 8", Who::boss, user({{"password", "12345678"}}), 201, "", ""},
        {"password of 1024", Who::boss, user({{"password", std::string(1024, 'p')}}), 201, "", ""},
        {"password of 1025", Who::boss, user({{"password", std::string(1025, 'p')}}), 400,
         "invalid_length", "password"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = post(c.who, "/roster/v1/users", c.body);
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(reply.code(), c.code);
        EXPECT_TRUE(reply.text("error").contains(c.field)) << reply.text("error");
        if (reply.status != 201) continue;
        const json::object& made = reply.body.at("user").as_object();
        const auto* const role = c.body.if_contains("role");
        EXPECT_EQ(made.at("role"), role ? *role : json::value("user"));
        const auto* const organization = c.body.if_contains("organization_id");
        json::value expected = organization ? *organization : json::value(a);
        if (c.who == Who::service) expected = nullptr;
        EXPECT_EQ(made.at("organization_id"), expected);
        EXPECT_FALSE(made.contains("password") || made.contains("encrypted_password"));
        const std::string path = "/roster/v1/users/" + std::string(made.at("id").as_string());
        ASSERT_EQ(send(Who::service, "DELETE", path).status, 200U);
    }
}

TEST_F(Roster, ANewUserCanSignInWithTheirPasswordOnly) {
    const auto sign_in = [&](const char* email, const char* password) {
        return post(Who::nobody, "/auth/v1/token?grant_type=password",
                    {{"email", email}, {"password", password}})
            .status;
    };
    ASSERT_EQ(post(Who::boss, "/roster/v1/users",
                   {{"email", "With@a.test"}, {"full_name", "x"}, {"password", "12345678"}})
                  .status,
              201U);
    ASSERT_EQ(post(Who::boss, "/roster/v1/users", {{"email", "without@a.test"}, {"full_name", "x"}})
                  .status,
              201U);
    EXPECT_EQ(sign_in("with@a.test", "12345678"), 200U);
    EXPECT_EQ(sign_in("with@a.test", "12345679"), 400U);
    EXPECT_EQ(sign_in("without@a.test", "12345678"), 400U);
}

TEST_F(Roster, SetRole) {
    const struct {
        const char* name;
        Who who;
        Who whom;
        json::object body;
        unsigned status;
        const char* code;
    } cases[] = {
        {"promoted by an admin", Who::boss, Who::ben, {{"role", "org_admin"}}, 200, ""},
        {"and back", Who::boss, Who::ben, {{"role", "user"}}, 200, ""},
        {"above the admin",
         Who::boss,
         Who::ben,
         {{"role", "global_admin"}},
         403,
         "permission_denied"},
        {"one's own", Who::boss, Who::boss, {{"role", "org_admin"}}, 403, "permission_denied"},
        {"one's own, down", Who::root, Who::root, {{"role", "user"}}, 403, "permission_denied"},
        {"a global admin's, by an admin",
         Who::boss,
         Who::root,
         {{"role", "user"}},
         403,
         "permission_denied"},
        {"in another organization",
         Who::boss,
         Who::other_boss,
         {{"role", "user"}},
         404,
         "user_not_found"},
        {"from another organization",
         Who::other_boss,
         Who::ben,
         {{"role", "user"}},
         404,
         "user_not_found"},
        {"by a user", Who::ana, Who::ben, {{"role", "user"}}, 403, "permission_denied"},
        {"a user's own", Who::ana, Who::ana, {{"role", "global_admin"}}, 403, "permission_denied"},
        {"by support", Who::sue, Who::ben, {{"role", "support"}}, 403, "permission_denied"},
        {"the last global admin's", Who::service, Who::root, {{"role", "user"}}, 409, "conflict"},
        {"a second global admin", Who::root, Who::ben, {{"role", "global_admin"}}, 200, ""},
        {"the first is no longer the last", Who::service, Who::root, {{"role", "user"}}, 200, ""},
        {"now the second is", Who::service, Who::ben, {{"role", "user"}}, 409, "conflict"},
        {"no role", Who::boss, Who::ana, json::object{}, 400, "missing_field"},
        {"unknown role", Who::boss, Who::ana, {{"role", "king"}}, 400, "invalid_value"},
        {"empty role", Who::boss, Who::ana, {{"role", ""}}, 400, "invalid_value"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = patch(c.who, path_of(c.whom), c.body);
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(reply.code(), c.code);
        if (reply.status == 200) {
            EXPECT_EQ(reply.body.at("user").at("role"), c.body.at("role"));
            EXPECT_EQ(audit_of(user_id(c.whom)).back(), "user_role_changed");
        }
    }
}

TEST_F(Roster, ARoleHoldsAtOnce) {
    ASSERT_EQ(get(Who::ana, "/roster/v1/users").status, 403U);
    ASSERT_EQ(patch(Who::boss, path_of(Who::ana), {{"role", "org_admin"}}).status, 200U);
    EXPECT_EQ(get(Who::ana, "/roster/v1/users").status, 200U) << "with the session of before";
    ASSERT_EQ(patch(Who::boss, path_of(Who::ana), {{"role", "user"}}).status, 200U);
    EXPECT_EQ(get(Who::ana, "/roster/v1/users").status, 403U);
}

TEST_F(Roster, DeleteUser) {
    const std::string device = connected_device(Who::ben, "fp-1");
    const struct {
        const char* name;
        Who who;
        Who whom;
        unsigned status;
        const char* code;
    } cases[] = {
        {"oneself", Who::boss, Who::boss, 403, "permission_denied"},
        {"a global admin, oneself", Who::root, Who::root, 403, "permission_denied"},
        {"a global admin, by an admin", Who::boss, Who::root, 403, "permission_denied"},
        {"the last global admin", Who::service, Who::root, 409, "conflict"},
        {"in another organization", Who::boss, Who::other_boss, 404, "user_not_found"},
        {"by a user", Who::ana, Who::ben, 403, "permission_denied"},
        {"by support", Who::sue, Who::ben, 403, "permission_denied"},
        {"by nobody", Who::nobody, Who::ben, 401, "authorization_required"},
        {"by an admin", Who::boss, Who::ben, 200, ""},
        {"twice", Who::boss, Who::ben, 404, "user_not_found"},
        {"anywhere, by a global admin", Who::root, Who::other_boss, 200, ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = send(c.who, "DELETE", path_of(c.whom));
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(reply.code(), c.code);
    }
    EXPECT_GE(m_wakes, 1);
    EXPECT_EQ(column(device, "id"), "no row");
    const Reply history = get(Who::boss, "/roster/v1/events?device_id=" + device);
    EXPECT_EQ(history.body.at("events").at(0).at("event_type").as_string(), "device_deleted");
    EXPECT_EQ(get(Who::ben, "/roster/v1/devices").code(), "invalid_authentication");
    EXPECT_EQ(audit_of(user_id(Who::ben)).back(), "user_deleted");
}

TEST_F(Roster, UsersAndOrganizationsAreListedForTheirAdmins) {
    const Texts a{"ana@a.test", "ben@a.test", "boss@a.test", "root@a.test", "sue@a.test"};
    EXPECT_EQ(texts(get(Who::boss, "/roster/v1/users"), "users", "email"), a);
    EXPECT_EQ(texts(get(Who::other_boss, "/roster/v1/users"), "users", "email"),
              Texts{"boss@b.test"});
    EXPECT_EQ(texts(get(Who::root, "/roster/v1/users"), "users", "email").size(), 6U);
    EXPECT_EQ(texts(get(Who::service, "/roster/v1/users"), "users", "email").size(), 6U);
    const char* const path = "/roster/v1/organizations";
    EXPECT_EQ(texts(get(Who::ana, path), "organizations", "id"), Texts{organization_id('A')});
    EXPECT_EQ(texts(get(Who::other_boss, path), "organizations", "id"),
              Texts{organization_id('B')});
    EXPECT_EQ(texts(get(Who::root, path), "organizations", "id"),
              (Texts{organization_id('A'), organization_id('B')}));
}

TEST_F(Roster, CreateOrganization) {
    const struct {
        const char* name;
        json::object body;
        unsigned status;
        const char* code;
    } cases[] = {
        {"plain", {{"name", "Zürich & co"}}, 201, ""},
        {"longest", {{"name", std::string(200, 'n')}}, 201, ""},
        {"one past it", {{"name", std::string(201, 'n')}}, 400, "invalid_length"},
        {"empty", {{"name", ""}}, 400, "invalid_length"},
        {"missing", json::object{}, 400, "missing_field"},
        {"a number", {{"name", 1}}, 400, "invalid_type"},
        {"a line break", {{"name", "a\nb"}}, 400, "invalid_characters"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = post(Who::root, "/roster/v1/organizations", c.body);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.code(), c.code);
        if (reply.status == 201) {
            EXPECT_EQ(reply.body.at("organization").at("name"), c.body.at("name"));
        }
    }
}

TEST_F(Roster, SetPolicy) {
    const std::string path = "/roster/v1/organizations/" + organization_id('A');
    const std::int64_t ten_years = std::int64_t{3650} * 86'400;
    const struct {
        const char* name;
        json::value seconds;
        unsigned status;
        const char* code;
    } cases[] = {
        {"shortest", 60, 200, ""},
        {"one below it", 59, 400, "invalid_value"},
        {"longest", ten_years, 200, ""},
        {"one past it", ten_years + 1, 400, "invalid_value"},
        {"negative", -60, 400, "invalid_value"},
        {"beyond 63 bits", std::uint64_t{1} << 63, 400, "invalid_type"},
        {"a fraction", 60.5, 400, "invalid_type"},
        {"text", "3600", 400, "invalid_type"},
        {"null", nullptr, 400, "missing_field"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = patch(Who::boss, path, {{"inactive_after_seconds", c.seconds}});
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(reply.code(), c.code);
    }
    EXPECT_EQ(patch(Who::boss, path, {}).code(), "missing_field");
    EXPECT_EQ(audit_of("inactive_after_seconds"),
              (Texts{"trust_policy_changed", "trust_policy_changed"}));
}

TEST_F(Roster, NodesOfTheNetwork) {
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
    m_services->network = nullptr;
    const Reply none = get(Who::root, "/roster/v1/network/nodes");
    EXPECT_EQ(none.status, 409U);
    EXPECT_EQ(none.code(), "network_not_configured");
}

TEST_F(Roster, Bodies) {
    const std::string limit_text = R"({"name":"x","padding":")";
    const auto padded = [&](std::size_t size) {
        return limit_text + std::string(size - limit_text.size() - 2, 'p') + "\"}";
    };
    const struct {
        const char* name;
        std::string body;
        unsigned status;
        const char* code;
    } cases[] = {
        {"none", "", 400, "invalid_json"},
        {"broken", "{", 400, "invalid_json"},
        {"an array", "[]", 400, "invalid_json"},
        {"bad UTF-8", "{\"name\":\"\xff\"}", 400, "invalid_utf8"},
        {"largest", padded(std::size_t{16} * 1024), 201, ""},
        {"one past it", padded(std::size_t{16} * 1024 + 1), 413, "body_too_large"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = send(Who::root, "POST", "/roster/v1/organizations", c.body);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.code(), c.code);
    }
    EXPECT_EQ(send(Who::root, "GET", "/roster/v1/users", "x").status, 413U);
}

}  // namespace
}  // namespace muster::api
