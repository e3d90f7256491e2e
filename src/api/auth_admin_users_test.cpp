// /auth/v1/admin/users as supabase-js's admin client calls it: answers, refusals, limits, and who
// may.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/auth/admin_users.hpp"
#include "api/auth_admin_test.hpp"
#include "app/metadata.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

// "U*U*U", from the test vectors of Openwall's crypt_blowfish.
constexpr const char* bcrypt_hash = "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a";

TEST_F(AdminUsers, WhoMayAsk) {
    const std::string id = "/" + user_id(Who::ana);
    const std::pair<const char*, std::string> routes[] = {
        {"GET", ""},
        {"POST", ""},
        {"GET", id},
        {"PUT", id},
        {"DELETE", id},
        {"GET", id + "/factors"},
        {"DELETE", id + "/factors/" + user_id(Who::ana)}};
    const struct {
        Who who;
        unsigned status;
        const char* error;
        const char* message;
    } callers[] = {
        {Who::nobody, 401, "no_authorization", "This endpoint requires a valid Bearer token"},
        {Who::anon_key, 403, "not_admin", "User not allowed"},
        {Who::ana, 403, "not_admin", "User not allowed"},
        {Who::boss, 403, "not_admin", "User not allowed"},
        {Who::other_boss, 403, "not_admin", "User not allowed"},
        {Who::root, 403, "not_admin", "User not allowed"},
        {Who::ghost, 403, "not_admin", "User not allowed"},
        {Who::forger, 403, "bad_jwt", ""},
    };
    for (const auto& [method, target] : routes) {
        for (const auto& c : callers) {
            SCOPED_TRACE(std::string(method) + " " + target);
            // Whoever may not learns nothing about the rest of the request.
            const std::string body = std::string_view(method) == "GET" ? "" : "{";
            const Reply reply = send(c.who, method, "/auth/v1/admin/users" + target, body);
            EXPECT_EQ(reply.status, c.status);
            EXPECT_EQ(error_of(reply), c.error);
            if (*c.message) {
                EXPECT_EQ(reply.text("msg"), c.message);
            }
        }
    }
    EXPECT_EQ(count("SELECT count(*) FROM users"), 6);
    EXPECT_EQ(admin("GET", id).status, 200U);
}

TEST_F(AdminUsers, TheSecretKeyIsTheServiceKey) {
    const std::string key = m_installation.secret_key.reveal();
    const std::string bearer = "Bearer " + key;
    EXPECT_EQ(send(Who::nobody, "GET", "/auth/v1/admin/users", {},
                   {{"apikey", key}, {"Authorization", bearer}})
                  .status,
              200U);
    EXPECT_EQ(send(Who::nobody, "GET", "/auth/v1/admin/users", {}, {{"apikey", key}}).status, 200U);
    const std::string publishable = m_installation.publishable_key.reveal();
    EXPECT_EQ(
        send(Who::nobody, "GET", "/auth/v1/admin/users", {}, {{"apikey", publishable}}).status,
        401U);
}

TEST_F(AdminUsers, CreateAnswersTheBareUser) {
    const Reply reply = create({{"email", "New@A.test"},
                                {"password", "secret word"},
                                {"email_confirm", true},
                                {"user_metadata", json::object{{"full_name", "New One"}}},
                                {"app_metadata", json::object{{"plan", "free"}}}});
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(members_of(reply),
              (Names{"app_metadata", "aud", "confirmed_at", "created_at", "email",
                     "email_confirmed_at", "id", "identities", "is_anonymous", "phone", "role",
                     "updated_at", "user_metadata"}));
    EXPECT_EQ(reply.text("email"), "new@a.test");
    EXPECT_EQ(reply.body.at("user_metadata").at("full_name").as_string(), "New One");
    EXPECT_EQ(reply.body.at("user_metadata").at("email_verified").as_bool(), true);
    EXPECT_EQ(reply.body.at("app_metadata").at("plan").as_string(), "free");
    EXPECT_EQ(reply.body.at("app_metadata").at("provider").as_string(), "email");
    EXPECT_EQ(sign_in("new@a.test", "secret word").status, 200U);
    EXPECT_EQ(count("SELECT count(*) FROM profiles WHERE full_name = 'New One' AND role = 'user' "
                    "AND organization_id IS NULL"),
              1);
    EXPECT_EQ(count("SELECT count(*) FROM audit_logs WHERE event = 'user_created'"), 1);
}

TEST_F(AdminUsers, AnAddressThatIsNotConfirmedCannotSignIn) {
    const Reply reply = create({{"email", "new@a.test"}, {"password", "secret word"}});
    ASSERT_EQ(reply.status, 200U);
    EXPECT_FALSE(reply.body.as_object().contains("email_confirmed_at"));
    EXPECT_EQ(error_of(sign_in("new@a.test", "secret word")), "email_not_confirmed");
    const std::string id = "/" + reply.text("id");
    const Reply confirmed = admin("PUT", id, {{"email_confirm", true}});
    EXPECT_TRUE(confirmed.body.as_object().contains("email_confirmed_at"));
    EXPECT_EQ(sign_in("new@a.test", "secret word").status, 200U);
}

TEST_F(AdminUsers, CreateRefusesWhatIsNoForm) {
    const std::string big(app::metadata_bytes_max, 'x');
    const struct {
        const char* name;
        json::object body;
        const char* message;
    } cases[] = {
        {"no address", {{"email", ""}}, "Cannot create a user without either an email or phone"},
        {"an address that is none",
         {{"email", "new"}},
         "Unable to validate email address: invalid format"},
        {"the longest password plus one", {{"password", std::string(1025, 'p')}}, ""},
        {"password and hash",
         {{"password", "secret word"}, {"password_hash", bcrypt_hash}},
         "Only a password or a password hash should be provided"},
        {"a hash of another kind",
         {{"password_hash", "$1$a$b"}},
         "password_hash has to be one of bcrypt or argon2id, at a usual cost"},
        {"a database role",
         {{"role", "service_role"}},
         "role has to be authenticated: what a user may do is said by its profile"},
        {"an id that is none", {{"id", "7"}}, "ID must conform to the uuid v4 format"},
        {"nobody's id",
         {{"id", "00000000-0000-0000-0000-000000000000"}},
         "ID cannot be a nil uuid"},
        {"a ban without end",
         {{"ban_duration", "forever"}},
         "invalid format for ban duration: time: invalid duration \"forever\""},
        {"a flag that is none", {{"email_confirm", "yes"}}, ""},
        {"metadata that is a list", {{"user_metadata", json::array{}}}, ""},
        {"too much user metadata", {{"user_metadata", json::object{{"a", big}}}}, ""},
        {"too much app metadata", {{"app_metadata", json::object{{"a", big}}}}, ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        json::object body = c.body;
        if (!body.contains("email")) body["email"] = "n@a.test";
        const Reply reply = create(body);
        EXPECT_EQ(reply.status, 400U) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), "validation_failed");
        if (*c.message) {
            EXPECT_EQ(reply.text("msg"), c.message);
        }
    }
    EXPECT_EQ(count("SELECT count(*) FROM users"), 6) << "a refusal writes nothing";
    EXPECT_EQ(error_of(send(Who::service, "POST", "/auth/v1/admin/users", "{")), "bad_json");
    const std::string body(std::size_t{64} * 1024 + 1, ' ');
    EXPECT_EQ(send(Who::service, "POST", "/auth/v1/admin/users", body).status, 413U);
}

TEST_F(AdminUsers, CreateRefusesWhatIsTakenOrWeak) {
    const struct {
        const char* name;
        json::object body;
        unsigned status;
        const char* error;
        const char* message;
    } cases[] = {
        {"an address that is taken",
         {{"email", "ANA@a.test"}},
         422,
         "email_exists",
         "A user with this email address has already been registered"},
        {"an id that is taken",
         {{"email", "n@a.test"}, {"id", user_id(Who::ana)}},
         422,
         "user_already_exists",
         "User already registered"},
        {"a telephone number",
         {{"email", "n@a.test"}, {"phone", "123"}},
         400,
         "phone_provider_disabled",
         "Unsupported phone provider"},
        {"a short password",
         {{"email", "n@a.test"}, {"password", "12345"}},
         422,
         "weak_password",
         "Password should be at least 6 characters."},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = create(c.body);
        EXPECT_EQ(reply.status, c.status) << json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), c.error);
        EXPECT_EQ(reply.text("msg"), c.message);
    }
}

TEST_F(AdminUsers, BroughtOverWithIdAndHash) {
    const Reply reply = create({{"email", "old@a.test"},
                                {"id", unknown_id},
                                {"password_hash", bcrypt_hash},
                                {"email_confirm", true}});
    ASSERT_EQ(reply.status, 200U) << json::serialize(reply.body);
    EXPECT_EQ(reply.text("id"), unknown_id);
    EXPECT_EQ(error_of(sign_in("old@a.test", "wrong horse")), "invalid_credentials");
    EXPECT_EQ(count("SELECT count(*) FROM users WHERE encrypted_password LIKE '$2a$%'"), 1);
    EXPECT_EQ(sign_in("old@a.test", "U*U*U").status, 200U);
    EXPECT_EQ(count("SELECT count(*) FROM users WHERE encrypted_password LIKE '$2a$%'"), 0)
        << "hashed anew, as all others are";
    EXPECT_EQ(sign_in("old@a.test", "U*U*U").status, 200U);
    EXPECT_EQ(error_of(sign_in("old@a.test", "wrong horse")), "invalid_credentials");
}

TEST_F(AdminUsers, ATokenThatNobodyCouldCarryLeavesTheirOwnWordsOut) {
    const std::string long_text(7000, 'x');
    const json::object words{{"text", long_text}};
    const Reply reply = create({{"email", "new@a.test"},
                                {"password", "secret word"},
                                {"email_confirm", true},
                                {"user_metadata", words},
                                {"app_metadata", {{"plan", "free"}}}});
    ASSERT_EQ(reply.status, 200U);
    const Reply opened = sign_in("new@a.test", "secret word");
    ASSERT_EQ(opened.status, 200U);
    const std::string access = opened.text("access_token");
    EXPECT_LE(access.size(), crypto::jwt_length_max);
    const json::object claims = m_verifier->verify(access, m_clock.now()).value();
    EXPECT_TRUE(claims.at("user_metadata").as_object().empty());
    EXPECT_EQ(claims.at("app_metadata").at("plan").as_string(), "free");
    const Reply user = with_token(access, "GET", "/auth/v1/user");
    EXPECT_EQ(user.body.at("user_metadata").at("text").as_string(), long_text);
    EXPECT_EQ(admin("PUT", "/" + reply.text("id"), {{"app_metadata", words}}).status, 200U);
    const std::string next = refresh(opened.text("refresh_token")).text("access_token");
    EXPECT_EQ(with_token(next, "GET", "/auth/v1/user").status, 200U);
}

TEST_F(AdminUsers, ListPages) {
    const Reply all = admin("GET", "?page=&per_page=");
    ASSERT_EQ(all.status, 200U);
    EXPECT_EQ(members_of(all), (Names{"aud", "users"}));
    EXPECT_EQ(all.text("aud"), "authenticated");
    EXPECT_EQ(all.body.at("users").as_array().size(), 6U);
    EXPECT_EQ(all.body.at("users").at(0).at("email").as_string(), "boss@b.test") << "newest first";
    EXPECT_EQ(all.header("X-Total-Count"), "6");
    EXPECT_EQ(all.header("Link"), "</admin/users?page=1&per_page=50>; rel=\"last\"");
    const struct {
        const char* query;
        std::size_t count;
        const char* link;
    } pages[] = {
        {"?page=1&per_page=4", 4,
         "</admin/users?page=2&per_page=4>; rel=\"next\", "
         "</admin/users?page=2&per_page=4>; rel=\"last\""},
        {"?page=2&per_page=4", 2, "</admin/users?page=2&per_page=4>; rel=\"last\""},
        {"?page=3&per_page=4", 0, "</admin/users?page=2&per_page=4>; rel=\"last\""},
        {"?per_page=1000", 6, "</admin/users?page=1&per_page=1000>; rel=\"last\""},
        {"?page=1000000000&per_page=1000", 0, "</admin/users?page=1&per_page=1000>; rel=\"last\""},
    };
    for (const auto& page : pages) {
        SCOPED_TRACE(page.query);
        const Reply reply = admin("GET", page.query);
        ASSERT_EQ(reply.status, 200U);
        EXPECT_EQ(reply.body.at("users").as_array().size(), page.count);
        EXPECT_EQ(reply.header("Link"), page.link);
    }
    for (const char* const query :
         {"?page=0", "?page=-1", "?page=x", "?page=1x", "?page=1000000001",
          "?page=99999999999999999999", "?per_page=0", "?per_page=1001", "?per_page=1.5"}) {
        SCOPED_TRACE(query);
        const Reply reply = admin("GET", query);
        EXPECT_EQ(reply.status, 400U);
        EXPECT_EQ(error_of(reply), "validation_failed");
        EXPECT_TRUE(reply.text("msg").starts_with("Bad Pagination Parameters: "));
    }
}

TEST_F(AdminUsers, IdsInThePath) {
    for (const char* const method : {"GET", "PUT", "DELETE"}) {
        SCOPED_TRACE(method);
        const json::object body{{"email_confirm", true}};
        const Reply malformed = admin(method, "/7", body);
        EXPECT_EQ(malformed.status, 404U);
        EXPECT_EQ(error_of(malformed), "validation_failed");
        EXPECT_EQ(malformed.text("msg"), "user_id must be an UUID");
        const Reply unknown = admin(method, std::string("/") + unknown_id, body);
        EXPECT_EQ(unknown.status, 404U);
        EXPECT_EQ(error_of(unknown), "user_not_found");
        EXPECT_EQ(unknown.text("msg"), "User not found");
    }
}

TEST_F(AdminUsers, GetAnswersTheBareUser) {
    const Reply reply = admin("GET", "/" + user_id(Who::ana));
    ASSERT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.text("email"), "ana@a.test");
    EXPECT_EQ(reply.text("id"), user_id(Who::ana));
    EXPECT_FALSE(json::serialize(reply.body).contains("argon2id"));
}

TEST_F(AdminUsers, ChangesWhatIsGiven) {
    const std::string path = "/" + created("new@a.test");
    const json::object before = session("new@a.test");
    const Reply metadata =
        admin("PUT", path,
              {{"user_metadata", json::object{{"colour", "blue"}, {"shape", "round"}}},
               {"app_metadata", json::object{{"plan", "free"}}}});
    ASSERT_EQ(metadata.status, 200U) << json::serialize(metadata.body);
    EXPECT_EQ(user_of(before).status, 200U) << "metadata ends no session";
    const Reply merged = admin("PUT", path, {{"user_metadata", json::object{{"colour", nullptr}}}});
    EXPECT_FALSE(merged.body.at("user_metadata").as_object().contains("colour"));
    EXPECT_EQ(merged.body.at("user_metadata").at("shape").as_string(), "round");
    EXPECT_EQ(merged.body.at("app_metadata").at("plan").as_string(), "free");
    const Reply moved = admin("PUT", path, {{"email", "Moved@a.test"}});
    EXPECT_EQ(moved.text("email"), "moved@a.test");
    EXPECT_EQ(admin("PUT", path, {{"email", "moved@a.test"}}).status, 200U) << "its own";
    EXPECT_EQ(error_of(admin("PUT", path, {{"email", "ana@a.test"}})), "email_exists");
    EXPECT_EQ(error_of(admin("PUT", path, {{"password", ""}})), "weak_password");
    EXPECT_EQ(admin("PUT", path, {{"password", "another word"}}).status, 200U);
    EXPECT_EQ(error_of(user_of(before)), "session_not_found");
    EXPECT_EQ(sign_in("moved@a.test", "another word").status, 200U);
    EXPECT_EQ(count("SELECT count(*) FROM audit_logs WHERE event = 'user_modified'"), 5);
}

TEST_F(AdminUsers, Bans) {
    m_clock.set_step(0us);
    m_clock.set(core::parse_timestamp("2026-11-23T10:00:00Z").value());
    const std::string path = "/" + user_id(Who::ana);
    const json::object before = session();
    const Reply banned = admin("PUT", path, {{"ban_duration", "1h30m"}});
    EXPECT_EQ(banned.text("banned_until"), "2026-11-23T11:30:00Z");
    EXPECT_EQ(error_of(user_of(before)), "user_banned");
    EXPECT_EQ(error_of(refresh(text(before, "refresh_token"))), "user_banned");
    EXPECT_EQ(error_of(sign_in("ana@a.test", password_of("ana@a.test"))), "user_banned");
    const Reply lifted = admin("PUT", path, {{"ban_duration", "none"}});
    EXPECT_FALSE(lifted.body.as_object().contains("banned_until"));
    EXPECT_EQ(user_of(before).status, 200U);
}

}  // namespace
}  // namespace muster::api
