// What holds for every route, because the router sees to it: walks the table.
// SPDX-License-Identifier: Apache-2.0
#include "api/router.hpp"

#include <map>
#include <set>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/api_test.hpp"

namespace muster::api {
namespace {

class Router : public ApiTest {
protected:
    /// A path of the route's shape.
    static std::string path_of(const Route& route) {
        std::string path(route.path);
        for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
            path.replace(open, path.find('}') - open + 1, "00000000-0000-7000-8000-000000000000");
        }
        return path;
    }
    /// The pattern without the placeholders' names.
    static std::string shape_of(const Route& route) {
        std::string shape(route.path);
        for (auto open = shape.find('{'); open != std::string::npos;
             open = shape.find('{', open + 1)) {
            shape.erase(open + 1, shape.find('}', open) - open - 1);
        }
        return shape;
    }
    static std::string name_of(const Route& route) {
        return std::string(route.method) + " " + std::string(route.path);
    }
    /// The refusal's word, in whichever shape.
    static std::string word_of(const Reply& reply) {
        const std::string auth = reply.header("x-sb-error-code");
        return auth.empty() ? reply.code() : auth;
    }
};

TEST_F(Router, TheTableIsComplete) {
    ASSERT_FALSE(route_table().empty());
    std::set<std::string> seen;
    for (const Route& route : route_table()) {
        SCOPED_TRACE(name_of(route));
        EXPECT_TRUE(route.path.starts_with('/'));
        const bool is_root = route.path == "/" || route.path == "/rest/v1/";
        EXPECT_TRUE(is_root || !route.path.ends_with('/'));
        EXPECT_NE(route.handler, nullptr);
        EXPECT_FALSE(route.summary.empty());
        const std::set<std::string_view> methods{"GET", "POST", "PUT", "PATCH", "DELETE"};
        const bool is_table_question =
            route.method == "OPTIONS" && route.errors == ErrorShape::table;
        EXPECT_TRUE(is_table_question || methods.contains(route.method));
        if (route.method == "GET") {
            EXPECT_EQ(route.body_bytes_max, 0U) << "a GET has no body";
        }
        EXPECT_TRUE(seen.insert(std::string(route.method) + shape_of(route)).second)
            << "another route has the same method and shape";
    }
}

TEST_F(Router, WhatNeedsCredentialsRefusesWithout) {
    for (const Route& route : route_table()) {
        SCOPED_TRACE(name_of(route));
        const bool auth = route.errors == ErrorShape::auth;
        const bool table = route.errors == ErrorShape::table;
        for (const Who who : {Who::nobody, Who::anon_key}) {
            const Reply reply = send(who, route.method, path_of(route));
            const bool needs_user =
                route.access == Access::required || route.access == Access::admin;
            if (needs_user && auth && who == Who::anon_key) {
                const bool admin = route.access == Access::admin;
                EXPECT_EQ(reply.status, 403U);
                EXPECT_EQ(word_of(reply), admin ? "not_admin" : "bad_jwt") << "it names no user";
            } else if (needs_user) {
                EXPECT_EQ(reply.status, 401U);
                EXPECT_EQ(word_of(reply), auth ? "no_authorization" : "authorization_required");
            } else {
                EXPECT_NE(word_of(reply), "no_authorization");
            }
        }
        // GoTrue answers a bad session with 403, everybody else with 401.
        const Reply forged = send(Who::forger, route.method, path_of(route));
        if (route.path.starts_with("/webhooks/")) {
            EXPECT_EQ(word_of(forged), "invalid_authentication") << "it wants a signature";
        } else if (route.access == Access::anyone) {
            EXPECT_NE(word_of(forged), auth ? "bad_jwt" : "invalid_authentication")
                << "credentials are not even looked at";
        } else {
            EXPECT_EQ(forged.status, auth ? 403U : 401U);
            EXPECT_EQ(word_of(forged), auth    ? "bad_jwt"
                                       : table ? "PGRST301"
                                               : "invalid_authentication");
        }
    }
}

TEST_F(Router, OurOwnProgramsSignInWithoutAnApiKey) {
    m_sends_apikey = false;
    const std::string body = R"({"email":"ana@a.test","password":"password of ana@a.test"})";
    const char* const target = "/auth/v1/token?grant_type=password";
    EXPECT_EQ(send(Who::nobody, "POST", target, body).status, 401U);
    const net::HeaderView own{"User-Agent", "muster/0.1.0"};
    EXPECT_EQ(send(Who::nobody, "POST", target, body, {own}).status, 200U);
    EXPECT_EQ(send(Who::nobody, "GET", "/rest/v1/devices", {}, {own}).status, 401U);
}

TEST_F(Router, BodiesHaveTheirRoutesLimit) {
    for (const Route& route : route_table()) {
        SCOPED_TRACE(name_of(route));
        const std::string largest(route.body_bytes_max, ' ');
        EXPECT_NE(send(Who::root, route.method, path_of(route), largest).status, 413U);
        const Reply reply = send(Who::root, route.method, path_of(route), largest + " ");
        EXPECT_EQ(reply.status, 413U);
        const bool auth = route.errors == ErrorShape::auth;
        EXPECT_EQ(word_of(reply), auth ? "request_entity_too_large" : "body_too_large");
    }
}

TEST_F(Router, OtherMethodsAreRefusedWithTheOnesThatWork) {
    const auto word_for = [](std::string_view path) {
        if (path.starts_with("/rest/v1/rpc/")) return "PGRST101";
        return path.starts_with("/rest/v1/") ? "PGRST117" : "method_not_allowed";
    };
    std::map<std::string, std::set<std::string_view>> methods;
    for (const Route& route : route_table()) methods[path_of(route)].insert(route.method);
    for (const auto& [path, allowed] : methods) {
        for (const char* const method :
             {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "get"}) {
            SCOPED_TRACE(std::string(method) + " " + path);
            const std::string_view meant =
                std::string_view(method) == "HEAD" ? std::string_view("GET") : method;
            if (allowed.contains(meant)) continue;
            const Reply reply = send(Who::root, method, path);
            EXPECT_EQ(reply.status, 405U);
            EXPECT_EQ(word_of(reply), word_for(path));
            const std::string header = reply.header("Allow");
            for (const std::string_view each : allowed)
                EXPECT_TRUE(header.contains(each)) << header;
            EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "*");
        }
    }
}

TEST_F(Router, HeadIsAnsweredLikeGet) {
    for (const Route& route : route_table()) {
        // Who only looks must not use up a mail's link: auth_verify_test.cpp.
        if (route.method != "GET" || route.path == "/auth/v1/verify") continue;
        SCOPED_TRACE(name_of(route));
        EXPECT_EQ(send(Who::root, "HEAD", path_of(route)).status,
                  send(Who::root, "GET", path_of(route)).status);
    }
    EXPECT_EQ(send(Who::root, "HEAD", "/functions/v1/device-enrollment").status, 405U);
}

TEST_F(Router, UnknownPaths) {
    for (const char* const path :
         {"/x", "//", "/healthz/", "/healthz/x", "/HEALTHZ", "/auth/v1", "/auth/v1/",
          "/auth/v1/token/", "/roster/v1/devices/", "/roster/v1/devices//",
          "/roster/v1/devices/a/b", "/roster/v1/network", "/functions/v1/device-enrollment/",
          "/functions/v1/device-enrollment%2f", "/../healthz", "healthz"}) {
        SCOPED_TRACE(path);
        const Reply reply = send(Who::root, "GET", path);
        EXPECT_EQ(reply.status, 404U);
        EXPECT_EQ(reply.code(), "route_not_found");
        EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "*");
        EXPECT_EQ(reply.header("Allow"), "");
    }
}

TEST_F(Router, EveryAnswerMayBeReadByEveryOrigin) {
    const struct {
        const char* name;
        Who who;
        const char* method;
        const char* target;
        const char* body;
        unsigned status;
    } cases[] = {
        {"a good answer", Who::ana, "GET", "/roster/v1/devices", "", 200},
        {"a page", Who::nobody, "GET", "/", "", 200},
        {"bad input", Who::ana, "POST", "/functions/v1/device-enrollment", "{", 400},
        {"bad input of /auth", Who::nobody, "POST", "/auth/v1/token", "{", 400},
        {"no credentials", Who::nobody, "GET", "/roster/v1/devices", "", 401},
        {"bad credentials", Who::forger, "GET", "/roster/v1/devices", "", 401},
        {"not allowed", Who::ana, "GET", "/roster/v1/audit", "", 403},
        {"nothing there", Who::ana, "GET", "/roster/v1/devices/x", "", 404},
        {"too large", Who::ana, "GET", "/roster/v1/devices", "x", 413},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = send(c.who, c.method, c.target, c.body);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "*");
        EXPECT_TRUE(reply.header("Access-Control-Expose-Headers").contains("Retry-After"));
        EXPECT_EQ(reply.header("Access-Control-Allow-Credentials"), "");
    }
}

TEST_F(Router, PreflightAllowsWhatClientsSend) {
    for (const char* const path : {"/auth/v1/token", "/roster/v1/devices", "/nothing/here"}) {
        SCOPED_TRACE(path);
        const Reply reply = send(Who::nobody, "OPTIONS", path, {},
                                 {{"Origin", "https://app.test"},
                                  {"Access-Control-Request-Headers", "x-something-new"}});
        EXPECT_EQ(reply.status, 200U);
        EXPECT_TRUE(reply.body.as_string().empty());
        EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "*");
        const std::string headers = reply.header("Access-Control-Allow-Headers");
        for (const char* const wanted : {"authorization", "x-client-info", "apikey", "content-type",
                                         "x-supabase-api-version", "x-something-new"}) {
            EXPECT_TRUE(headers.contains(wanted)) << wanted;
        }
        const std::string methods = reply.header("Access-Control-Allow-Methods");
        for (const Route& route : route_table()) EXPECT_TRUE(methods.contains(route.method));
    }
}

TEST_F(Router, RefusalsSpeakTheCallersLanguage) {
    const Reply english = send(Who::nobody, "GET", "/x");
    const Reply spanish =
        send(Who::nobody, "GET", "/x", {}, {{"Accept-Language", "es-MX, en;q=0.9"}});
    EXPECT_EQ(spanish.code(), english.code());
    EXPECT_EQ(english.text("error"), "There is nothing at this address.");
    EXPECT_EQ(spanish.text("error"), "No hay nada en esta dirección.");
}

TEST_F(Router, HealthAndMetrics) {
    EXPECT_EQ(send(Who::nobody, "GET", "/healthz").text("status"), "ok");
    EXPECT_EQ(send(Who::nobody, "GET", "/readyz").text("status"), "ready");
    connected_device(Who::ana, "fp-1");
    const std::string text(send(Who::nobody, "GET", "/metrics").body.as_string());
    for (const char* const line :
         {"muster_devices{status=\"active\"} 1\n", "muster_devices{status=\"revoked\"} 0\n",
          "muster_network_jobs_waiting 0\n"}) {
        EXPECT_TRUE(text.contains(line)) << line;
    }
}

TEST_F(Router, TheEnrollmentPageRunsNothingAndShowsOurTokensOnly) {
    const struct {
        const char* name;
        const char* target;
        bool shown;
    } cases[] = {
        {"a token", "/enroll?token=muster-abc123", true},
        {"none", "/enroll", false},
        {"empty", "/enroll?token=", false},
        {"markup", "/enroll?token=%3Cscript%3E", false},
        {"a command", "/enroll?token=x;rm+-rf", false},
        {"a quote", "/enroll?token=x%22", false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = send(Who::nobody, "GET", c.target);
        EXPECT_EQ(reply.status, 200U);
        const std::string page(reply.body.as_string());
        EXPECT_EQ(page.contains("muster enroll --url http://muster.test --token"), c.shown);
        EXPECT_FALSE(page.contains("<script"));
        EXPECT_TRUE(reply.header("Content-Security-Policy").contains("default-src 'none'"));
        EXPECT_EQ(reply.header("Referrer-Policy"), "no-referrer");
        EXPECT_EQ(reply.header("Cache-Control"), "no-store");
    }
    const std::string longest = "/enroll?token=" + std::string(200, 't');
    const auto shows = [&](const std::string& target) {
        const std::string page(send(Who::nobody, "GET", target).body.as_string());
        return page.contains("--token t");
    };
    EXPECT_TRUE(shows(longest));
    EXPECT_FALSE(shows(longest + "t"));
}

}  // namespace
}  // namespace muster::api
