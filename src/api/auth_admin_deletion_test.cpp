// What the service key takes away from users: the account, its devices, a second factor.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/auth_admin_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Names = std::vector<std::string>;

class AdminDeletion : public AdminUsers {};

TEST_F(AdminDeletion, DeleteTakesTheDevicesAlong) {
    ASSERT_EQ(column(connected_device(Who::ana, "ana-1"), "status"), "active");
    const std::string path = "/" + user_id(Who::ana);
    m_wakes = 0;
    const Reply reply = admin("DELETE", path, {{"should_soft_delete", false}});
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(json::serialize(reply.body), "{}");
    EXPECT_EQ(m_wakes, 1) << "its node leaves the network";
    EXPECT_EQ(admin("GET", path).status, 404U);
    EXPECT_EQ(count("SELECT count(*) FROM devices"), 0);
    EXPECT_EQ(count("SELECT count(*) FROM network_jobs WHERE kind = 'remove_node'"), 1);
    EXPECT_EQ(count("SELECT count(*) FROM audit_logs WHERE event = 'user_deleted'"), 1);
    EXPECT_EQ(admin("DELETE", "/" + user_id(Who::ben)).status, 200U) << "without a body";
    const Reply last = admin("DELETE", "/" + user_id(Who::root));
    EXPECT_EQ(last.status, 409U) << "the last global_admin";
    EXPECT_EQ(error_of(admin("DELETE", "/" + user_id(Who::sue), {{"should_soft_delete", 1}})),
              "validation_failed");
    EXPECT_EQ(
        send(Who::service, "DELETE", "/auth/v1/admin/users/" + user_id(Who::sue), "[]").status,
        400U);
    EXPECT_EQ(admin("GET", "/" + user_id(Who::sue)).status, 200U);
}

TEST_F(AdminDeletion, SoftDeleteKeepsNothingButTheId) {
    ASSERT_EQ(column(connected_device(Who::ana, "ana-1"), "status"), "active");
    const json::object before = session();
    const std::string path = "/" + user_id(Who::ana);
    const json::object softly{{"should_soft_delete", true}};
    EXPECT_EQ(admin("DELETE", path, softly).status, 200U);
    EXPECT_EQ(admin("DELETE", path, softly).status, 200U) << "again";
    const Reply left = admin("GET", path);
    ASSERT_EQ(left.status, 200U);
    EXPECT_FALSE(left.text("deleted_at").empty());
    EXPECT_FALSE(json::serialize(left.body).contains("ana"));
    EXPECT_EQ(count("SELECT count(*) FROM profiles WHERE full_name LIKE '%ana@%'"), 0);
    EXPECT_EQ(count("SELECT count(*) FROM devices"), 0);
    EXPECT_EQ(count("SELECT count(*) FROM network_jobs WHERE kind = 'remove_node'"), 1);
    EXPECT_EQ(error_of(user_of(before)), "user_not_found");
    EXPECT_EQ(refresh(text(before, "refresh_token")).status, 400U);
    EXPECT_EQ(error_of(sign_in("ana@a.test", password_of("ana@a.test"))), "invalid_credentials");
    EXPECT_EQ(error_of(create({{"email", "n@a.test"}, {"id", user_id(Who::ana)}})),
              "user_already_exists");
    EXPECT_EQ(create({{"email", "ana@a.test"}}).status, 200U) << "the address is free";
    EXPECT_EQ(admin("DELETE", "/" + user_id(Who::root), softly).status, 409U);
}

TEST_F(AdminDeletion, FactorsOfAUser) {
    const std::string access = text(session(), "access_token");
    const std::string bearer = "Bearer " + access;
    const Reply enrolled =
        send(Who::nobody, "POST", "/auth/v1/factors",
             R"({"factor_type":"totp","friendly_name":"phone"})", {{"Authorization", bearer}});
    ASSERT_EQ(enrolled.status, 200U);
    const std::string path = "/" + user_id(Who::ana) + "/factors";
    const Reply listed = admin("GET", path);
    ASSERT_EQ(listed.status, 200U);
    ASSERT_EQ(listed.body.as_array().size(), 1U);
    EXPECT_EQ(members(listed.body.at(0).as_object()),
              (Names{"created_at", "factor_type", "friendly_name", "id", "last_challenged_at",
                     "status", "updated_at"}));
    EXPECT_EQ(error_of(admin("DELETE", path + "/7")), "validation_failed");
    EXPECT_EQ(admin("DELETE", path + "/7").text("msg"), "factor_id must be an UUID");
    EXPECT_EQ(error_of(admin("DELETE", path + "/" + unknown_id)), "mfa_factor_not_found");
    const std::string others = "/" + user_id(Who::ben) + "/factors/" + enrolled.text("id");
    EXPECT_EQ(error_of(admin("DELETE", others)), "mfa_factor_not_found");
    EXPECT_EQ(error_of(admin("GET", std::string("/") + unknown_id + "/factors")), "user_not_found");
    const Reply removed = admin("DELETE", path + "/" + enrolled.text("id"));
    EXPECT_EQ(removed.status, 200U);
    EXPECT_EQ(removed.text("id"), enrolled.text("id"));
    EXPECT_EQ(json::serialize(admin("GET", path).body), "[]");
}

}  // namespace
}  // namespace muster::api
