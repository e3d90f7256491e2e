// POST /auth/v1/invite: who may invite whom, where to and as what.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/auth_test.hpp"
#include "base/encoding.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Names = std::vector<std::string>;

class Invitations : public Auth {
protected:
    explicit Invitations(RateLimits::Mode limits = RateLimits::Mode::off) : Auth(limits) {
        use_mail();
    }

    /// With a session that stands; Who::service: the key.
    Reply invite(Who who, const json::object& body) {
        if (who == Who::service) return post("invite", body, who);
        static const std::map<Who, std::string> emails{{Who::ana, "ana@a.test"},
                                                       {Who::sue, "sue@a.test"},
                                                       {Who::boss, "boss@a.test"},
                                                       {Who::root, "root@a.test"},
                                                       {Who::other_boss, "boss@b.test"}};
        const std::string& email = emails.at(who);
        if (m_sessions[who].empty()) m_sessions[who] = text(session(email), "access_token");
        const std::string bearer = "Bearer " + m_sessions[who];
        return send(Who::nobody, "POST", "/auth/v1/invite", json::serialize(body),
                    {{"Authorization", bearer}});
    }
    /// "organization role" of that address's profile.
    std::string place_of(const std::string& email) {
        const auto place =
            m_store->read_now([&](store::Transaction& tx) -> core::Result<std::string> {
                const auto row = tx.one(
                    "SELECT p.organization_id, p.role FROM profiles p JOIN users u ON u.id = p.id "
                    "WHERE u.email = $1",
                    email);
                if (!row) return std::string("none");
                const std::string id = row->optional_text(0).value_or("");
                std::string name = "-";
                if (id == organization_id('A')) name = "A";
                if (id == organization_id('B')) name = "B";
                return name + " " + row->text(1);
            });
        return *place;
    }
    std::map<Who, std::string> m_sessions;
};

TEST_F(Invitations, AnswersTheBareUserAndMailsALink) {
    const Reply reply =
        post("invite?redirect_to=" + base::encode_form("https://app.test/welcome"),
             {{"email", "New@A.test"}, {"data", {{"full_name", "New One"}}}}, Who::service);
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(members_of(reply), (Names{"app_metadata", "aud", "confirmation_sent_at", "created_at",
                                        "email", "id", "identities", "invited_at", "is_anonymous",
                                        "phone", "role", "updated_at", "user_metadata"}));
    EXPECT_EQ(place_of("new@a.test"), "- user");
    EXPECT_EQ(mail_to("new@a.test").subject, "You are invited");
    const std::string link = link_to("new@a.test");
    EXPECT_TRUE(link.contains("&type=invite&"));
    const Reply followed = follow(link);
    EXPECT_EQ(followed.status, 303U);
    EXPECT_TRUE(followed.header("Location").starts_with("https://app.test/welcome#access_token="));
    EXPECT_TRUE(followed.header("Location").contains("type=invite"));
    EXPECT_EQ(error_of(post("invite", {{"email", "new@a.test"}}, Who::service)), "email_exists");
}

TEST_F(Invitations, WhoMayInviteWhereAndAsWhat) {
    const std::string a = organization_id('A');
    const std::string b = organization_id('B');
    const std::string neither = user_id(Who::ana);
    const struct {
        const char* name;
        Who who;
        std::string organization;
        const char* role;
        const char* place;  ///< empty: User not allowed
    } cases[] = {
        {"service", Who::service, "", "", "- user"},
        {"service, A", Who::service, a, "", "A user"},
        {"service, a global_admin", Who::service, b, "global_admin", "B global_admin"},
        {"global_admin", Who::root, "", "", "A user"},
        {"global_admin, B", Who::root, b, "org_admin", "B org_admin"},
        {"global_admin, one of its kind", Who::root, "", "global_admin", "A global_admin"},
        {"org_admin", Who::boss, "", "", "A user"},
        {"org_admin, its own by name", Who::boss, a, "user", "A user"},
        {"org_admin, support", Who::boss, "", "support", "A support"},
        {"org_admin, one of its kind", Who::boss, "", "org_admin", "A org_admin"},
        {"org_admin, a global_admin", Who::boss, "", "global_admin", ""},
        {"org_admin, elsewhere", Who::boss, b, "", ""},
        {"org_admin, nowhere", Who::boss, neither, "", ""},
        {"B's org_admin", Who::other_boss, "", "", "B user"},
        {"B's org_admin, A", Who::other_boss, a, "", ""},
        {"user", Who::ana, "", "", ""},
        {"user, own", Who::ana, a, "user", ""},
        {"support", Who::sue, "", "", ""},
    };
    int number = 0;
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const std::string email = "n" + std::to_string(++number) + "@x.test";
        json::object body{{"email", email}};
        if (!c.organization.empty()) body["organization_id"] = c.organization;
        if (*c.role) body["role"] = c.role;
        const Reply reply = invite(c.who, body);
        const bool allowed = *c.place != '\0';
        EXPECT_EQ(reply.status, allowed ? 200U : 403U) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), allowed ? "" : "not_admin");
        EXPECT_EQ(place_of(email), allowed ? c.place : "none");
        const auto mail = std::ranges::find(m_mail.mails, email, &mail::Mail::to);
        EXPECT_EQ(mail != m_mail.mails.end(), allowed);
    }
}

TEST_F(Invitations, TheMetadataGivesNoRights) {
    const json::object data{{"role", "global_admin"}, {"organization_id", organization_id('B')}};
    EXPECT_EQ(invite(Who::boss, {{"email", "new@x.test"}, {"data", data}}).status, 200U);
    EXPECT_EQ(place_of("new@x.test"), "A user");
    const json::object nowhere{{"email", "n@x.test"}, {"organization_id", user_id(Who::ana)}};
    const Reply reply = invite(Who::service, nowhere);
    EXPECT_EQ(reply.status, 404U);
    EXPECT_EQ(error_of(reply), "organization_not_found");
}

TEST_F(Invitations, WithoutASessionThatStands) {
    const struct {
        Who who;
        unsigned status;
        const char* error;
    } cases[] = {
        {Who::nobody, 401, "no_authorization"}, {Who::anon_key, 403, "not_admin"},
        {Who::boss, 403, "session_not_found"},  {Who::ghost, 403, "user_not_found"},
        {Who::forger, 403, "bad_jwt"},
    };
    for (const auto& c : cases) {
        const Reply reply = post("invite", {{"email", "new@a.test"}}, c.who);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(error_of(reply), c.error);
    }
    EXPECT_EQ(invite(Who::boss, {{"email", "new@a.test"}}).status, 200U);
    sql("UPDATE profiles SET organization_id = NULL WHERE role = 'org_admin'");
    EXPECT_EQ(error_of(invite(Who::boss, {{"email", "two@a.test"}})), "not_admin")
        << "the admin of nothing";
    sql("UPDATE users SET banned_until = '2999-01-01T00:00:00.000000+00:00' "
        "WHERE email = 'root@a.test'");
    EXPECT_EQ(error_of(sign_in("root@a.test", password_of("root@a.test"))), "user_banned");
}

TEST_F(Invitations, Form) {
    const struct {
        const char* name;
        json::object body;
        const char* message;
    } cases[] = {
        {"no address", {}, "An email address is required"},
        {"an address that is none",
         {{"email", "new"}},
         "Unable to validate email address: invalid format"},
        {"data that is none", {{"email", "n@a.test"}, {"data", "x"}}, ""},
        {"no such role", {{"email", "n@a.test"}, {"role", "king"}}, ""},
        {"an organization that is none", {{"email", "n@a.test"}, {"organization_id", "A"}}, ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = post("invite", c.body, Who::service);
        EXPECT_EQ(reply.status, 400U);
        EXPECT_EQ(error_of(reply), "validation_failed");
        if (*c.message) {
            EXPECT_EQ(reply.text("msg"), c.message);
        }
    }
    m_services->mail = nullptr;
    const Reply off = post("invite", {{"email", "n@a.test"}}, Who::service);
    EXPECT_EQ(off.status, 422U);
    EXPECT_EQ(error_of(off), "email_provider_disabled");
    EXPECT_EQ(place_of("n@a.test"), "none");
}

TEST_F(Invitations, WhoIsThereAlready) {
    EXPECT_EQ(invite(Who::boss, {{"email", "one@x.test"}, {"role", "support"}}).status, 200U);
    const std::string first = link_to("one@x.test");
    EXPECT_EQ(error_of(invite(Who::other_boss, {{"email", "one@x.test"}})), "email_exists")
        << "invited by another organization";
    EXPECT_EQ(place_of("one@x.test"), "A support");
    EXPECT_EQ(invite(Who::boss, {{"email", "one@x.test"}}).status, 200U) << "once more";
    EXPECT_EQ(place_of("one@x.test"), "A user");
    EXPECT_TRUE(follow(first).header("Location").contains("otp_expired")) << "the older link";
    EXPECT_EQ(post("invite",
                   {{"email", "two@x.test"},
                    {"role", "global_admin"},
                    {"organization_id", organization_id('A')}},
                   Who::service)
                  .status,
              200U);
    EXPECT_EQ(error_of(invite(Who::boss, {{"email", "two@x.test"}})), "email_exists")
        << "an org_admin does not lower a global_admin";
    EXPECT_EQ(place_of("two@x.test"), "A global_admin");
    EXPECT_EQ(error_of(invite(Who::boss, {{"email", "ana@a.test"}})), "email_exists");
    EXPECT_EQ(error_of(invite(Who::other_boss, {{"email", "ana@a.test"}})), "email_exists");
}

TEST_F(Invitations, AStrangersPasswordDoesNotOutliveThem) {
    EXPECT_EQ(post("signup", {{"email", "victim@x.test"},
                              {"password", "of the stranger"},
                              {"data", {{"full_name", "Stranger"}, {"note", "mine"}}}})
                  .status,
              200U);
    const std::string of_stranger = link_to("victim@x.test");
    const Reply invited = invite(Who::boss, {{"email", "victim@x.test"}, {"role", "org_admin"}});
    ASSERT_EQ(invited.status, 200U);
    EXPECT_FALSE(invited.body.at("user_metadata").as_object().contains("note"));
    EXPECT_TRUE(follow(of_stranger).header("Location").contains("otp_expired"));
    EXPECT_EQ(follow(link_to("victim@x.test")).status, 303U);
    EXPECT_EQ(error_of(sign_in("victim@x.test", "of the stranger")), "invalid_credentials");
}

class InvitationLimit : public Invitations {
protected:
    InvitationLimit() : Invitations(RateLimits::Mode::on) {}
};

TEST_F(InvitationLimit, AdminsHaveOneTheServiceKeyHasNone) {
    int sent = 0;
    Reply reply;
    for (; sent < 100; ++sent) {
        reply = invite(Who::boss, {{"email", "n" + std::to_string(sent) + "@x.test"}});
        if (reply.status != 200) break;
    }
    EXPECT_EQ(sent, 30);
    EXPECT_EQ(reply.status, 429U);
    EXPECT_EQ(post("invite", {{"email", "n@x.test"}}, Who::service).status, 200U);
}

}  // namespace
}  // namespace muster::api
