// Ways round the policies: embeds, counts, filters, orders, errors and upserts must not tell what
// a plain read would not show.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/isolation_test.hpp"

namespace muster::api {
namespace {

class IsolationLeaks : public World {
protected:
    std::string get(Who who, const std::string& target, const std::string& prefer = {}) {
        const Reply reply = ask(who, {"GET", "/rest/v1/" + target, "", prefer});
        EXPECT_TRUE(reply.status == 200U || reply.status == 206U) << target << text_of(reply);
        return text_of(reply);
    }
    /// "200 0-0/1": status and Content-Range.
    std::string range(Who who, const Question& question) {
        const Reply reply = ask(who, question);
        return std::to_string(reply.status) + " " + reply.header("Content-Range");
    }
    /// Both answers are the same, and nothing was written.
    void expect_same(Who who, const Question& one, const Question& other, unsigned status) {
        SCOPED_TRACE(one.method + " " + one.target + " " + one.body);
        const std::string before = dump();
        const Reply first = ask(who, one);
        const Reply second = ask(who, other);
        EXPECT_EQ(first.status, status);
        EXPECT_EQ(second.status, status);
        EXPECT_EQ(text_of(first), text_of(second));
        EXPECT_EQ(dump(), before);
    }
};

struct Embed {
    const char* name;
    Who who;
    const char* target;
    const char* answer;
};

TEST_F(IsolationLeaks, EmbedsShowWhatAPlainReadWould) {
    // A device of Ana's that has come into the other organisation: hers to see, its surroundings
    // not.
    sql("UPDATE devices SET organization_id = '$b' WHERE id = '$revoked_a'");
    const Embed embeds[] = {
        {"children, all", Who::boss, "organizations?select=name,devices(name)",
         R"([{"name":"Organization A","devices":[{"name":"device of a"}]}])"},
        {"children, own", Who::ana, "organizations?select=name,devices(name)",
         R"([{"name":"Organization A","devices":[{"name":"device of a"}]}])"},
        {"children, none", Who::ben, "organizations?select=name,devices(name)",
         R"([{"name":"Organization A","devices":[]}])"},
        {"children of an event's device", Who::sue, "device_events?select=event_type,devices(name)",
         R"([{"event_type":"enrolled","devices":null}])"},
        {"a hidden parent is null", Who::ana, "devices?select=name,organizations(name)&order=name",
         R"([{"name":"device of a","organizations":{"name":"Organization A"}},)"
         R"({"name":"revoked of a","organizations":null}])"},
        {"spread", Who::ana, "devices?select=name,...organizations(org:name)&order=name",
         R"([{"name":"device of a","org":"Organization A"},{"name":"revoked of a","org":null}])"},
        {"by its column", Who::ana, "devices?select=organization_id(name)&name=eq.revoked of a",
         R"([{"organization_id":null}])"},
        {"inner", Who::ana, "devices?select=name,organizations!inner(name)",
         R"([{"name":"device of a","organizations":{"name":"Organization A"}}])"},
        {"its presence", Who::ana, "devices?select=name,organizations()&organizations=not.is.null",
         R"([{"name":"device of a"}])"},
        {"its absence", Who::ana, "devices?select=name,organizations()&organizations=is.null",
         R"([{"name":"revoked of a"}])"},
        {"a filter inside", Who::ana,
         "devices?select=name,organizations!inner()&organizations.name=eq.Organization B", "[]"},
        {"two levels", Who::ben, "profiles?select=organizations(devices(name))&id=eq.$ben",
         R"([{"organizations":{"devices":[]}}])"},
        {"back again", Who::ana,
         "devices?select=organizations(devices(name,organizations(name)))&name=eq.device of a",
         R"([{"organizations":{"devices":[{"name":"device of a",)"
         R"("organizations":{"name":"Organization A"}}]}}])"},
        {"the audit's person", Who::sue, "audit_logs?select=event,profiles(full_name)",
         R"([{"event":"seen","profiles":{"full_name":"ana@a.test"}}])"},
        {"people of the audit", Who::ana, "profiles?select=audit_logs(event)&id=eq.$ana",
         R"([{"audit_logs":[]}])"},
        {"the configs", Who::ana, "organizations?select=organization_tailscale_config(id)",
         R"([{"organization_tailscale_config":[]}])"},
    };
    for (const Embed& embed : embeds) {
        SCOPED_TRACE(embed.name);
        EXPECT_EQ(boost::json::parse(get(embed.who, embed.target)),
                  boost::json::parse(fill(embed.answer)));
    }
}

TEST_F(IsolationLeaks, OrderByAHiddenParentOrdersNothing) {
    sql("UPDATE organizations SET name = 'Z' WHERE id = '$a'");
    sql("UPDATE devices SET organization_id = '$b' WHERE id = '$revoked_a'");
    for (const char* name : {"A of B", "ZZ of B"}) {
        sql(std::string("UPDATE organizations SET name = '") + name + "' WHERE id = '$b'");
        EXPECT_EQ(get(Who::ana, "devices?select=name,organizations()&order=organizations(name)"),
                  R"([{"name":"device of a"},{"name":"revoked of a"}])")
            << name;
    }
}

TEST_F(IsolationLeaks, HiddenTablesAreNotThereForEmbedsEither) {
    for (const char* target :
         {"devices?select=users(*)", "devices?select=user_id(*)", "profiles?select=users(email)",
          "devices?select=devices_user_id_fkey(*)", "devices?select=trust_evidence(*)",
          "devices?select=trust_pins(*)", "devices?select=network_memberships(*)",
          "devices?select=id&users=not.is.null", "organizations?select=trust_policies(*)",
          "organization_tailscale_config?select=users!created_by(*)",
          "devices?select=id,...users(email)", "devices?select=spent_tokens!inner()",
          "devices?select=id&order=users(email)"}) {
        SCOPED_TRACE(target);
        for (const Who who : {Who::ana, Who::root, Who::service}) {
            const Reply reply = ask(who, {"GET", std::string("/rest/v1/") + target});
            EXPECT_EQ(reply.status, 400U) << text_of(reply);
            EXPECT_FALSE(text_of(reply).contains("@a.test"));
        }
    }
}

TEST_F(IsolationLeaks, CountsAreOfWhatIsSeen) {
    const std::pair<Who, const char*> seen[] = {
        {Who::anon_key, "*/0"},  {Who::ana, "0-1/2"},        {Who::ben, "*/0"},
        {Who::sue, "*/0"},       {Who::boss, "0-1/2"},       {Who::root, "0-3/4"},
        {Who::service, "0-3/4"}, {Who::other_boss, "0-1/2"},
    };
    for (const auto& [who, expected] : seen) {
        for (const char* kind : {"exact", "planned", "estimated"}) {
            for (const char* method : {"GET", "HEAD"}) {
                const std::string prefer = std::string("count=") + kind;
                EXPECT_EQ(range(who, {method, "/rest/v1/devices", "", prefer}),
                          std::string("200 ") + expected);
            }
        }
    }
    const std::string exact = "count=exact";
    EXPECT_EQ(range(Who::ana, {"GET", "/rest/v1/devices?limit=1", "", exact}), "206 0-0/2");
    EXPECT_EQ(range(Who::ana, {"GET", "/rest/v1/devices?offset=9", "", exact}), "416 */2");
    EXPECT_EQ(range(Who::ben, {"PATCH", "/rest/v1/devices", R"({"name":"x"})", exact}), "204 */0");
    EXPECT_EQ(range(Who::ben, {"DELETE", "/rest/v1/devices", "", exact}), "204 */0");
    EXPECT_EQ(range(Who::ana, {"DELETE", "/rest/v1/devices", "", exact}), "204 */2");
    EXPECT_EQ(value("SELECT count(*) FROM devices"), "2");
}

TEST_F(IsolationLeaks, NoFilterWidensWhatIsSeen) {
    for (const char* filter :
         {"id=eq.$device_b", "or=(id.eq.$device_b,name.eq.x)", "not.and=(id.neq.$device_b)",
          "id=in.($device_b)", "name=like.*of b", "id=not.in.($device_a,$revoked_a)",
          "or=(and(id.eq.$device_b),and(id.eq.$device_b))", "organization_id=eq.$b",
          "name=eq(any).{device of b}", "fingerprint=match.b$"}) {
        EXPECT_EQ(get(Who::ana, std::string("devices?") + filter), "[]") << filter;
        const std::string before = dump();
        for (const char* method : {"PATCH", "DELETE"}) {
            const Question question{method, std::string("/rest/v1/devices?") + filter,
                                    R"({"name":"x"})", "return=representation"};
            const Reply reply = ask(Who::ana, question);
            EXPECT_EQ(reply.status, 200U);
            EXPECT_EQ(text_of(reply), "[]") << filter;
        }
        EXPECT_EQ(dump(), before) << filter;
    }
}

TEST_F(IsolationLeaks, UpsertsOntoForeignRows) {
    const std::string merge = "resolution=merge-duplicates";
    const std::string ignore = "resolution=ignore-duplicates";
    const struct {
        const char* name;
        Who who;
        const char* target;
        const char* body;
    } upserts[] = {
        {"by id", Who::ana, "devices", R"({"id":"$device_b","user_id":"$ana","name":"x"})"},
        {"by fingerprint", Who::ana, "devices?on_conflict=fingerprint",
         R"({"fingerprint":"fp-device-b","user_id":"$ana","name":"x"})"},
        {"by token", Who::ana, "devices?on_conflict=enrollment_token",
         R"({"enrollment_token":"token-of-device-b","user_id":"$ana","name":"x"})"},
        {"as it is", Who::ana, "devices", R"({"id":"$device_b","user_id":"$bea","name":"x"})"},
        {"by an admin", Who::boss, "devices",
         R"({"id":"$device_b","user_id":"$ana","organization_id":"$a","name":"x"})"},
        {"an organisation", Who::boss, "organizations", R"({"id":"$b","name":"x"})"},
        {"a config", Who::boss, "organization_tailscale_config",
         R"({"id":"$config_b","organization_id":"$a","tailscale_auth_key":"x"})"},
        {"a profile", Who::boss, "profiles",
         R"({"id":"$bea","organization_id":"$a","full_name":"x"})"},
    };
    const std::string before = dump();
    for (const auto& upsert : upserts) {
        SCOPED_TRACE(upsert.name);
        const std::string target = std::string("/rest/v1/") + upsert.target;
        const Reply merged = ask(upsert.who, {"POST", target, upsert.body, merge});
        EXPECT_EQ(merged.status, 403U);
        EXPECT_EQ(merged.code(), "42501");
        EXPECT_FALSE(text_of(merged).contains(" of b"));
        const Reply ignored =
            ask(upsert.who, {"POST", target, upsert.body, ignore + ",return=representation"});
        EXPECT_TRUE(ignored.status == 403U || text_of(ignored) == "[]") << text_of(ignored);
    }
    EXPECT_EQ(dump(), before);
}

TEST_F(IsolationLeaks, AnswersDoNotDependOnForeignRows) {
    const std::string merge = "resolution=merge-duplicates";
    const std::string ignore = "resolution=ignore-duplicates";
    const auto config = [](const std::string& key) {
        return R"({"organization_id":"$b","tailscale_auth_key":")" + key + R"("})";
    };
    const std::string right = config("tskey-config-b");
    const std::string wrong = config("tskey-guess");
    const std::string configs = "/rest/v1/organization_tailscale_config";
    const std::string by_key = configs + "?on_conflict=organization_id,tailscale_auth_key";
    const std::string own = configs + "?id=eq.$config_a";
    expect_same(Who::boss, {"POST", configs, right}, {"POST", configs, wrong}, 403);
    expect_same(Who::boss, {"POST", by_key, right, merge}, {"POST", by_key, wrong, merge}, 403);
    expect_same(Who::boss, {"POST", by_key, right, ignore}, {"POST", by_key, wrong, ignore}, 403);
    expect_same(Who::boss, {"PATCH", own, right}, {"PATCH", own, wrong}, 403);
    const std::string device = "/rest/v1/devices?id=eq.$device_a";
    expect_same(Who::boss, {"PATCH", device, R"({"user_id":"$bea"})"},
                {"PATCH", device, R"({"user_id":"$nothing"})"}, 403);
    const std::string devices = "/rest/v1/devices";
    expect_same(Who::ana, {"POST", devices, R"({"user_id":"$bea","name":"x"})"},
                {"POST", devices, R"({"user_id":"$nothing","name":"x"})"}, 403);
    expect_same(Who::ana, {"PATCH", device, R"({"user_id":"$bea","fingerprint":"fp-device-b"})"},
                {"PATCH", device, R"({"user_id":"$bea","fingerprint":"fp-guess"})"}, 403);
    expect_same(Who::ana, {"GET", "/rest/v1/devices?id=eq.$device_b"},
                {"GET", "/rest/v1/devices?id=eq.$nothing"}, 200);
    expect_same(Who::ana, {"DELETE", "/rest/v1/devices?id=eq.$device_b"},
                {"DELETE", "/rest/v1/devices?id=eq.$nothing"}, 204);
}

TEST_F(IsolationLeaks, ErrorsQuoteOnlyTheCallersWords) {
    const struct {
        Who who;
        Question question;
        const char* details;
    } cases[] = {
        {Who::ana,
         {"POST", "/rest/v1/devices",
          R"({"user_id":"$ana","name":"x","fingerprint":"fp-device-b"})"},
         "Key (fingerprint)=(fp-device-b) already exists."},
        {Who::ana,
         {"POST", "/rest/v1/devices",
          R"({"user_id":"$ana","name":"x","enrollment_token":"token-of-device-b"})"},
         "Key (enrollment_token)=(***) already exists."},
        {Who::boss,
         {"POST", "/rest/v1/organization_tailscale_config",
          R"({"organization_id":"$a","tailscale_auth_key":"tskey-config-a"})"},
         "Key (organization_id, tailscale_auth_key)=($a, ***) already exists."},
        {Who::ana,
         {"POST", "/rest/v1/devices", R"({"id":"$device_b","user_id":"$ana","name":"x"})"},
         "Key (id)=($device_b) already exists."},
    };
    for (const auto& c : cases) {
        const Reply reply = ask(c.who, c.question);
        EXPECT_EQ(reply.status, 409U);
        EXPECT_EQ(reply.text("details"), fill(c.details));
        for (const char* secret : {"device of b", "config of", "tskey-", "sealed", "Bea"}) {
            EXPECT_FALSE(text_of(reply).contains(secret)) << text_of(reply);
        }
    }
}

}  // namespace
}  // namespace muster::api
