// The largest questions that are answered, and one past each limit.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "api/rest_read_test.hpp"
#include "rest/parser.hpp"

namespace muster::api {
namespace {

std::string repeated(std::string_view text, std::size_t times, std::string_view between) {
    std::string line;
    for (std::size_t i = 0; i < times; ++i) {
        if (i > 0) line += between;
        line += text;
    }
    return line;
}

std::string nested(std::string_view opening, std::string_view core, std::size_t times) {
    return repeated(opening, times, "") + std::string(core) + std::string(times, ')');
}

struct LimitRow {
    std::string_view name;
    std::string (*target)(std::size_t);
    std::size_t largest;
    std::string_view found;  ///< ids, of the largest
};

const LimitRow limit_rows[] = {
    {"conditions",
     [](std::size_t n) { return "machines?or=(" + repeated("id.eq.2", n, ",") + ")"; },
     rest::conditions_max, "2"},
    {"negated conditions",
     [](std::size_t n) { return "machines?and=(" + repeated("id.not.eq.2", n, ",") + ")"; },
     rest::conditions_max, "1 3 4 5"},
    {"conditions on an embed",
     [](std::size_t n) {
         return "machines?select=id,parts!inner()&parts.or=(" + repeated("id.eq.4", n, ",") + ")";
     },
     rest::conditions_max, "2"},
    {"items of a list",
     [](std::size_t n) { return "machines?id=in.(" + repeated("2", n, ",") + ")"; },
     rest::list_items_max, "2"},
    {"items of any",
     [](std::size_t n) { return "machines?id=eq(any).{" + repeated("2", n, ",") + "}"; },
     rest::list_items_max, "2"},
    {"patterns, all of them",
     [](std::size_t n) { return "machines?name=like(all).{" + repeated("a*", n, ",") + "}"; },
     rest::list_items_max, "1"},
    {"groups in groups",
     [](std::size_t n) { return "machines?or=(" + nested("and(", "id.eq.2", n - 1) + ")"; },
     rest::nesting_max, "2"},
    {"embeds in embeds",
     [](std::size_t n) { return "machines?select=id," + nested("...parent_id(", "of:id", n); },
     rest::nesting_max, "1 2 3 4 5"},
    {"selected items",
     [](std::size_t n) { return "machines?select=id," + repeated("name", n - 1, ","); },
     rest::select_items_max, "1 2 3 4 5"},
    {"arrows", [](std::size_t n) { return "machines?select=id,notes" + repeated("->a", n, ""); },
     rest::json_steps_max, "1 2 3 4 5"},
    {"parameters", [](std::size_t n) { return "machines?" + repeated("id=eq.2", n, "&"); },
     rest::parameters_max, "2"},
};

class RestReadLimits : public RestRead {};

TEST_F(RestReadLimits, TheLargestIsAnsweredAndOneMoreRefused) {
    for (const LimitRow& row : limit_rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(ids(row.target(row.largest)), row.found);
        const Reply refused = get(row.target(row.largest + 1));
        EXPECT_EQ(refused.status, 400U);
        EXPECT_EQ(refused.code(), "PGRST100") << refused.raw.substr(0, 300);
    }
}

/// SQLite's parser sets this limit: it lies deeper than a question goes that somebody asks.
TEST_F(RestReadLimits, DeepEmbedsAreAnsweredAndDeeperOnesRefused) {
    struct Row {
        std::string_view name, opening, parameter;
        std::size_t answered;
    };
    constexpr Row rows[] = {
        {"to-one", "parent_id(id,", "", 8},
        {"to-many", "machines(id,", "", 7},
        {"inner", "machines!inner(id,", "", 6},
        {"many-to-many", "groups(id,memberships(machines(id,", "", 2},
    };
    for (const Row& row : rows) {
        for (std::size_t depth = 1; depth <= rest::nesting_max; ++depth) {
            SCOPED_TRACE(fmt::format("{} {}", row.name, depth));
            std::string select = repeated(row.opening, depth, "") + "id";
            select.append(static_cast<std::size_t>(std::ranges::count(select, '(')), ')');
            const Reply reply = get("machines?select=id," + select);
            EXPECT_TRUE(reply.status == 200 || depth > row.answered) << reply.raw.substr(0, 300);
            EXPECT_EQ(reply.code(), reply.status == 400 ? "PGRST100" : "");
            EXPECT_TRUE(reply.status == 200 || reply.status == 400);
        }
    }
}

/// Each within its limit, together as long as a request line may be: they multiply.
TEST_F(RestReadLimits, LargeOnesTogetherAreAnswered) {
    const std::string list = repeated("2", 2'000, ",");
    const std::string targets[] = {
        "machines?or=(" + repeated("id.eq(any).{" + repeated("2", 100, ",") + "}", 70, ",") + ")",
        "machines?name=like(any).{" + list + "}&name=not.ilike(all).{" + list + "}",
        "machines?id=in.(" + list + ")&size=in.(" + list + ")&id=not.in.(" + list + ")",
        "machines?select=" + nested("...parent_id(*,", "id", rest::nesting_max),
        "machines?select=" + nested("machines(*,parent_id(*),", "id", 5),
        "machines?select=*," + repeated("parts(*)", rest::select_items_max / 2 - 1, ","),
        "machines?select=" + repeated("...rack_id(*)", rest::select_items_max / 2, ","),
        "machines?select=id&order=" + repeated("name,size.desc", 1'000, ","),
    };
    for (const std::string& target : targets) {
        const Reply reply = get(target);
        EXPECT_EQ(reply.status, 200U) << target.substr(0, 60) << reply.raw.substr(0, 300);
    }
}

/// SQLite's parser holds only so much: policies in embeds in embeds are more than the grammar's
/// limit lets through.
TEST_F(RestReadLimits, WhatIsTooDeepForTheParserIsRefused) {
    const auto target = [](std::size_t depth) {
        std::string select = "id";
        for (std::size_t i = depth; i-- > 0;) {
            select = fmt::format("{}({})", i % 2 == 0 ? "devices" : "organizations", select);
        }
        return "/rest/v1/organizations?select=" + select;
    };
    EXPECT_EQ(send(Who::boss, "GET", target(4)).status, 200U);
    const Reply refused = send(Who::boss, "GET", target(rest::nesting_max));
    // PostgreSQL has no such limit.
    EXPECT_EQ(refused.status, store::tests_use_postgres() ? 200U : 400U) << refused.raw;
    EXPECT_EQ(refused.code(), store::tests_use_postgres() ? "" : "PGRST100");
}

}  // namespace
}  // namespace muster::api
