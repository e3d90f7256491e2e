// How tests of the roster's routes ask. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/api_test.hpp"

namespace muster::api {

inline constexpr const char* nobody_s_id = "00000000-0000-7000-8000-000000000000";

class Roster : public ApiTest {
protected:
    Reply get(Who who, const std::string& target) { return send(who, "GET", target); }
    Reply post(Who who, const std::string& target, const boost::json::object& body) {
        return send(who, "POST", target, boost::json::serialize(body));
    }
    Reply patch(Who who, const std::string& target, const boost::json::object& body) {
        return send(who, "PATCH", target, boost::json::serialize(body));
    }
    /// A member of each row of a list.
    static std::vector<std::string> texts(const Reply& reply, std::string_view list,
                                          std::string_view member) {
        std::vector<std::string> found;
        for (const boost::json::value& row : reply.body.at(list).as_array()) {
            found.emplace_back(row.at(member).as_string());
        }
        return found;
    }
    static std::set<std::string> set_of(const std::vector<std::string>& texts) {
        return {texts.begin(), texts.end()};
    }
    void sql(const std::string& statement) {
        const auto done = m_store->write_now([&](store::Transaction& tx) -> core::Result<void> {
            tx.execute(statement);
            return {};
        });
        ASSERT_TRUE(done);
    }
    std::string path_of(Who who) { return "/roster/v1/users/" + user_id(who); }
    /// All rows of a list, page by page.
    std::vector<std::string> read_pages(Who who, const std::string& target, std::string_view list,
                                        int limit) {
        std::vector<std::string> ids;
        std::string cursor;
        for (int page = 0; page < 100; ++page) {
            const char joint = target.contains('?') ? '&' : '?';
            const Reply reply = get(who, target + joint + "limit=" + std::to_string(limit) +
                                             (cursor.empty() ? "" : "&cursor=" + cursor));
            EXPECT_EQ(reply.status, 200U) << boost::json::serialize(reply.body);
            const auto more = texts(reply, list, "id");
            EXPECT_LE(more.size(), static_cast<std::size_t>(limit));
            ids.insert(ids.end(), more.begin(), more.end());
            cursor = reply.text("next_cursor");
            if (cursor.empty()) return ids;
        }
        ADD_FAILURE() << "the pages never end";
        return ids;
    }
};

}  // namespace muster::api
