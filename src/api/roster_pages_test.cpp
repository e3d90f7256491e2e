// Lists: pages, limits, filters, and paths that name nothing.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/roster/input.hpp"
#include "api/roster_test.hpp"

namespace muster::api {
namespace {

using Texts = std::vector<std::string>;
using Set = std::set<std::string>;

class RosterPages : public Roster {};

TEST_F(RosterPages, PathsThatNameNothing) {
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

TEST_F(RosterPages, PagesHaveNeitherGapNorOverlap) {
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

TEST_F(RosterPages, PageLimits) {
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

TEST_F(RosterPages, WhatNamesARowIsAnId) {
    const struct {
        const char* name;
        const char* id;
        const char* code;
    } cases[] = {
        {"an id", nobody_s_id, ""},
        {"in capitals", "0000000A-0000-7000-8000-00000000000B", ""},
        {"empty is none", "", ""},
        {"a word", "newest", "invalid_type"},
        {"one letter short", "00000000-0000-7000-8000-00000000000", "invalid_type"},
        {"one letter more", "00000000-0000-7000-8000-000000000000x", "invalid_type"},
    };
    for (const char* const query : {"/roster/v1/devices?cursor=", "/roster/v1/events?cursor=",
                                    "/roster/v1/audit?cursor=", "/roster/v1/events?device_id="}) {
        for (const auto& c : cases) {
            SCOPED_TRACE(query + std::string(c.name));
            const Reply reply = get(Who::boss, query + std::string(c.id));
            EXPECT_EQ(reply.code(), c.code);
            EXPECT_EQ(reply.status, *c.code ? 400U : 200U);
        }
    }
}

TEST_F(RosterPages, ADefaultPageHasFiftyRows) {
    sql("WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 51) "
        "INSERT INTO devices (user_id, name) SELECT '" +
        user_id(Who::ana) + "', 'many' FROM numbers");
    const Reply reply = get(Who::ana, "/roster/v1/devices");
    EXPECT_EQ(reply.body.at("devices").as_array().size(), static_cast<std::size_t>(page_size));
    EXPECT_FALSE(reply.text("next_cursor").empty());
    EXPECT_EQ(read_pages(Who::ana, "/roster/v1/devices", "devices", page_size).size(), 51U);
}

TEST_F(RosterPages, Filters) {
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

}  // namespace
}  // namespace muster::api
