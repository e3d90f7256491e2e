// How tests sign in and use their sessions. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>

#include "api/api_test.hpp"

namespace muster::api {

class Auth : public ApiTest {
protected:
    explicit Auth(RateLimits::Mode limits = RateLimits::Mode::off) : ApiTest(limits) {}

    static std::string password_of(const std::string& email) { return "password of " + email; }

    Reply token(const std::string& grant, const std::string& body,
                std::vector<net::HeaderView> headers = {}) {
        return send(Who::nobody, "POST", "/auth/v1/token?grant_type=" + grant, body,
                    std::move(headers));
    }
    Reply sign_in(const std::string& email, const std::string& password) {
        return token("password", boost::json::serialize(boost::json::object{
                                     {"email", email}, {"password", password}}));
    }
    /// The session object of a new sign-in.
    boost::json::object session(const std::string& email = "ana@a.test") {
        const Reply reply = sign_in(email, password_of(email));
        EXPECT_EQ(reply.status, 200U) << boost::json::serialize(reply.body);
        return reply.body.as_object();
    }
    Reply refresh(const std::string& refresh_token) {
        return token("refresh_token",
                     boost::json::serialize(boost::json::object{{"refresh_token", refresh_token}}));
    }
    Reply with_token(const std::string& access_token, std::string_view method,
                     std::string_view target) {
        const std::string bearer = "Bearer " + access_token;
        return send(Who::nobody, method, target, {}, {{"Authorization", bearer}});
    }
    Reply user_of(const boost::json::object& session) {
        return with_token(text(session, "access_token"), "GET", "/auth/v1/user");
    }
    void sql(const std::string& statement) {
        const auto done = m_store->write_now([&](store::Transaction& tx) -> core::Result<void> {
            tx.execute(statement);
            return {};
        });
        ASSERT_TRUE(done);
    }

    static std::string text(const boost::json::object& object, std::string_view member) {
        return std::string(object.at(member).as_string());
    }
    static std::vector<std::string> members(const boost::json::object& object) {
        std::vector<std::string> names;
        for (const auto& [name, value] : object) names.emplace_back(name);
        std::ranges::sort(names);
        return names;
    }
    static std::string error_of(const Reply& reply) { return reply.header("x-sb-error-code"); }
};

}  // namespace muster::api
