// Rows as JSON, made by SQL.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "store/json_row.hpp"
#include "store/sqlite/test_sqlite_database.hpp"

namespace muster::store {
namespace {

TEST(RowFunctions, AreTheSameCodeAsInTheServer) {
    SqliteDatabase database;
    const RowMember members[] = {{"id"}, {"active", RowKind::boolean}, {"at", RowKind::timestamp}};
    const std::string spec = make_row_spec(members);
    const auto text =
        database.rows("SELECT json_row($1, 'x', 1, '2026-11-23T10:00:00.500000+00:00')", spec)[0]
            .text(0);
    EXPECT_EQ(text, R"({"id":"x","active":true,"at":"2026-11-23T10:00:00.5+00:00"})");
    EXPECT_EQ(database
                  .rows("SELECT json_list(json_row($1, value, 0, NULL)) FROM json_each($2)", spec,
                        R"(["a","b"])")[0]
                  .text(0),
              R"([{"id":"a","active":false,"at":null},{"id":"b","active":false,"at":null}])");
    EXPECT_EQ(database.rows("SELECT json_list(1) WHERE FALSE")[0].text(0), "[]");
    EXPECT_EQ(database.rows("SELECT json_list(NULL)")[0].text(0), "[null]");
    EXPECT_EQ(database.rows("SELECT json_group_array(json_row($1, 'a'))", spec)[0].text(0),
              R"([{"id":"a","active":null,"at":null}])");
    EXPECT_EQ(database.rows("SELECT json_list(json_value('Kb0:', 1))")[0].text(0), "[true]");
    EXPECT_EQ(database.rows("SELECT json_row($1, 'a', 1, 2, 3, 4)", spec)[0].text(0),
              R"({"id":"a","active":true,"at":"2"})");
    for (const char* sql : {"SELECT json_row()", "SELECT json_row(NULL)", "SELECT json_row('x')",
                            "SELECT json_value('K', 1)", "SELECT json_value(NULL, 1)"}) {
        EXPECT_THROW(database.rows(sql), StoreError) << sql;
    }
}

TEST(RowFunctions, TakeAsManyValuesAsTheySay) {
    SqliteDatabase database;
    std::string values;
    for (std::size_t i = 0; i < json_row_values_max; ++i) values += ", 1";
    const std::vector<RowMember> members(json_row_values_max, RowMember{"a", RowKind::number});
    const std::string spec = make_row_spec(members);
    const auto row = database.rows("SELECT json_row($1" + values + ")", spec)[0].text(0);
    EXPECT_TRUE(row.ends_with(R"("a":1})"));
    EXPECT_EQ(std::ranges::count(row, ':'), static_cast<std::ptrdiff_t>(json_row_values_max));
}

}  // namespace
}  // namespace muster::store
