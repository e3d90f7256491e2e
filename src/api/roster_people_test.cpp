// People and organizations: who may change whom, and one past each limit.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include <gtest/gtest.h>

#include "api/roster/accounts.hpp"
#include "api/roster_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Texts = std::vector<std::string>;

/// One attempt to create a user, with the members that differ from a plain one.
struct Creation {
    const char* name;
    Who who;
    json::object more;
    unsigned status;
    const char* code;
    const char* field;  ///< that the refusal names
};

class RosterPeople : public Roster {
protected:
    void expect_creations(std::span<const Creation> cases) {
        for (const Creation& c : cases) {
            SCOPED_TRACE(c.name);
            json::object body{{"email", "new@a.test"}, {"full_name", "New"}};
            for (const auto& [name, value] : c.more) body[name] = value;
            const Reply reply = post(c.who, "/roster/v1/users", body);
            EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
            EXPECT_EQ(reply.code(), c.code);
            EXPECT_TRUE(reply.text("error").contains(c.field)) << reply.text("error");
            if (reply.status != 201) continue;
            const json::object& made = reply.body.at("user").as_object();
            const auto* const role = c.more.if_contains("role");
            EXPECT_EQ(made.at("role"), role ? *role : json::value("user"));
            const auto* const organization = c.more.if_contains("organization_id");
            json::value expected = organization ? *organization : json::value(organization_id('A'));
            if (c.who == Who::service) expected = nullptr;
            EXPECT_EQ(made.at("organization_id"), expected);
            EXPECT_FALSE(made.contains("password") || made.contains("encrypted_password"));
            const std::string path = "/roster/v1/users/" + std::string(made.at("id").as_string());
            ASSERT_EQ(send(Who::service, "DELETE", path).status, 200U);
        }
    }
};

TEST_F(RosterPeople, CreateUserWho) {
    const std::string a = organization_id('A');
    const std::string b = organization_id('B');
    const Creation cases[] = {
        {"by an admin", Who::boss, {}, 201, "", ""},
        {"with a role", Who::boss, {{"role", "org_admin"}}, 201, "", ""},
        {"in the own organization", Who::boss, {{"organization_id", a}}, 201, "", ""},
        {"elsewhere", Who::boss, {{"organization_id", b}}, 403, "permission_denied", ""},
        {"above itself", Who::boss, {{"role", "global_admin"}}, 403, "permission_denied", ""},
        {"by a global admin elsewhere", Who::root, {{"organization_id", b}}, 201, "", ""},
        {"a global admin by one", Who::root, {{"role", "global_admin"}}, 201, "", ""},
        {"by the service key", Who::service, {}, 201, "", ""},
        {"by a user", Who::ana, {}, 403, "permission_denied", ""},
        {"by support", Who::sue, {}, 403, "permission_denied", ""},
        {"by nobody", Who::nobody, {}, 401, "authorization_required", ""},
        {"by a forger", Who::forger, {}, 401, "invalid_authentication", ""},
        {"unknown organization",
         Who::root,
         {{"organization_id", nobody_s_id}},
         404,
         "organization_not_found",
         ""},
    };
    expect_creations(cases);
}

TEST_F(RosterPeople, CreateUserForm) {
    const Creation cases[] = {
        {"known address", Who::boss, {{"email", "ana@a.test"}}, 409, "email_exists", ""},
        {"in capitals", Who::boss, {{"email", "ANA@A.TEST"}}, 409, "email_exists", ""},
        {"known elsewhere", Who::boss, {{"email", "boss@b.test"}}, 409, "email_exists", ""},
        {"no address", Who::boss, {{"email", nullptr}}, 400, "missing_field", "email"},
        {"bad address", Who::boss, {{"email", "new"}}, 400, "invalid_type", "email"},
        {"address with a blank",
         Who::boss,
         {{"email", "n w@a.test"}},
         400,
         "invalid_type",
         "email"},
        {"address of 255",
         Who::boss,
         {{"email", std::string(248, 'e') + "@a.test"}},
         400,
         "invalid_length",
         "email"},
        {"address of 254", Who::boss, {{"email", std::string(247, 'e') + "@a.test"}}, 201, "", ""},
        {"no name", Who::boss, {{"full_name", nullptr}}, 400, "missing_field", "full_name"},
        {"name of 200", Who::boss, {{"full_name", std::string(200, 'n')}}, 201, "", ""},
        {"name of 201",
         Who::boss,
         {{"full_name", std::string(201, 'n')}},
         400,
         "invalid_length",
         "full_name"},
        {"unknown role", Who::boss, {{"role", "king"}}, 400, "invalid_value", "role"},
        {"role is a number", Who::boss, {{"role", 1}}, 400, "invalid_type", "role"},
        {"organization no UUID",
         Who::boss,
         {{"organization_id", "A"}},
         400,
         "invalid_type",
         "organization_id"},
        {"password of 5", Who::boss, {{"password", "12345"}}, 400, "weak_password", ""},
        {"password of 6", Who::boss, {{"password", "123456"}}, 201, "", ""},
        {"password of 1024", Who::boss, {{"password", std::string(1024, 'p')}}, 201, "", ""},
        {"password of 1025",
         Who::boss,
         {{"password", std::string(1025, 'p')}},
         400,
         "invalid_length",
         "password"},
    };
    expect_creations(cases);
}

TEST_F(RosterPeople, ANewUserCanSignInWithTheirPasswordOnly) {
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

TEST_F(RosterPeople, SetRole) {
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

TEST_F(RosterPeople, ARoleHoldsAtOnce) {
    ASSERT_EQ(get(Who::ana, "/roster/v1/users").status, 403U);
    ASSERT_EQ(patch(Who::boss, path_of(Who::ana), {{"role", "org_admin"}}).status, 200U);
    EXPECT_EQ(get(Who::ana, "/roster/v1/users").status, 200U) << "with the session of before";
    ASSERT_EQ(patch(Who::boss, path_of(Who::ana), {{"role", "user"}}).status, 200U);
    EXPECT_EQ(get(Who::ana, "/roster/v1/users").status, 403U);
}

TEST_F(RosterPeople, DeleteUser) {
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
    const Texts audit = audit_of(user_id(Who::ben));
    EXPECT_EQ(std::ranges::count(audit, "user_deleted"), 1);
    EXPECT_EQ(std::ranges::count(audit, "device_deleted"), 1);
}

TEST_F(RosterPeople, UsersAndOrganizationsAreListedForTheirAdmins) {
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

TEST_F(RosterPeople, CreateOrganization) {
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

TEST_F(RosterPeople, SetPolicy) {
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

TEST_F(RosterPeople, Bodies) {
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
