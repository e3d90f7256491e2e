// How tests administer users with the service key. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/serialize.hpp>

#include "api/auth_test.hpp"

namespace muster::api {

inline constexpr const char* unknown_id = "11111111-2222-4333-8444-555555555555";

class AdminUsers : public Auth {
protected:
    Reply admin(std::string_view method, const std::string& target,
                const boost::json::object& body = {}, Who who = Who::service) {
        return send(who, method, "/auth/v1/admin/users" + target,
                    body.empty() || method == "GET" ? std::string() : boost::json::serialize(body));
    }
    Reply create(const boost::json::object& body) { return admin("POST", "", body); }
    std::string created(const std::string& email) {
        const Reply reply =
            create({{"email", email}, {"password", password_of(email)}, {"email_confirm", true}});
        EXPECT_EQ(reply.status, 200U) << boost::json::serialize(reply.body);
        return reply.text("id");
    }
    std::int64_t count(const std::string& sql) {
        const auto number =
            m_store->read_now([&](store::Transaction& tx) -> core::Result<std::int64_t> {
                return tx.one(sql)->integer(0);
            });
        return *number;
    }
};

}  // namespace muster::api
