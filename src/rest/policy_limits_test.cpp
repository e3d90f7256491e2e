// Every limit of a policy file: the most that is read, one past it, and that SQLite runs the most.
// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include <gtest/gtest.h>

#include "rest/policies_fixture.hpp"
#include "rest/policy_syntax.hpp"

namespace muster::rest {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

/// "a, a, a"
std::string listed(std::string_view item, std::size_t count, std::string_view separator) {
    std::string text(item);
    for (std::size_t i = 1; i < count; ++i) {
        text += separator;
        text += item;
    }
    return text;
}

struct Limit {
    const char* name;
    std::size_t most;
    std::function<std::string(std::size_t)> condition;
    const char* message;  ///< one past; null: no limit is near
    const char* shown;    ///< at the most; null: more than SQLite takes, which the trial says
};

/// `teams t0<next>teams t1<on>...`, from which something of the owner's is looked for.
std::string from_teams(std::size_t count, const std::string& next, const std::string& on) {
    std::string from = "teams t0";
    for (std::size_t i = 1; i < count; ++i) {
        from += next + "teams t" + std::to_string(i);
        if (!on.empty()) from += " ON t" + std::to_string(i) + on;
    }
    return "EXISTS (SELECT 1 FROM " + from + " WHERE t0.lead = notes.owner)";
}

const char* const depth = "nested too deeply";
const char* const operands = "too many operands";

const Limit limits[] = {
    // The condition itself is one level.
    {"parentheses", policy_depth_max - 1,
     [](std::size_t n) { return repeated("(", n) + "is_open" + repeated(")", n); }, depth, "1,4"},
    {"NOT", policy_depth_max - 1, [](std::size_t n) { return repeated("NOT ", n) + "is_open"; },
     depth, nullptr},
    {"minus", policy_depth_max - 1, [](std::size_t n) { return repeated("- ", n) + "stars = -5"; },
     depth, nullptr},
    {"IS", policy_depth_max, [](std::size_t n) { return "is_open" + repeated(" IS TRUE", n); },
     depth, "1,4"},
    {"casts", policy_depth_max,
     [](std::size_t n) { return "stars" + repeated("::bigint", n) + " = 5"; }, depth, "1"},
    {"few CASEs", 10,
     [](std::size_t n) {
         return repeated("CASE WHEN true THEN ", n) + "is_open" + repeated(" END", n);
     },
     nullptr, "1,4"},
    {"CASE", policy_depth_max - 1,
     [](std::size_t n) {
         return repeated("CASE WHEN true THEN ", n) + "is_open" + repeated(" END", n);
     },
     depth, nullptr},
    {"few EXISTS", 6,
     [](std::size_t n) {
         return repeated("EXISTS (SELECT 1 WHERE ", n) + "is_open" + repeated(")", n);
     },
     nullptr, "1,4"},
    // Each is two levels: the query and the condition in it.
    {"EXISTS", (policy_depth_max - 1) / 2,
     [](std::size_t n) {
         return repeated("EXISTS (SELECT 1 WHERE ", n) + "is_open" + repeated(")", n);
     },
     depth, nullptr},
    {"AND", policy_operands_max, [](std::size_t n) { return listed("is_open", n, " AND "); },
     operands, "1,4"},
    {"OR", policy_operands_max, [](std::size_t n) { return listed("is_open", n, " OR "); },
     operands, "1,4"},
    {"few numbers", 50, [](std::size_t n) { return listed("1", n, " + ") + " = stars + 45"; },
     nullptr, "1"},
    {"sum", policy_operands_max, [](std::size_t n) { return listed("1", n, " + ") + " = stars"; },
     operands, nullptr},
    {"concatenation", policy_operands_max,
     [](std::size_t n) { return listed("''", n, " || ") + " = body"; }, operands, nullptr},
    {"WHEN", policy_operands_max,
     [](std::size_t n) {
         return "CASE" + repeated(" WHEN false THEN false", n) + " ELSE is_open END";
     },
     operands, "1,4"},
    {"list", policy_list_max,
     [](std::size_t n) { return "stars IN (" + listed("5", n, ",") + ")"; }, "too many items", "1"},
    {"few arguments", 100,
     [](std::size_t n) { return "coalesce(" + listed("is_open", n, ",") + ")"; }, nullptr, "1,4"},
    {"arguments", policy_list_max,
     [](std::size_t n) { return "coalesce(" + listed("is_open", n, ",") + ")"; }, "too many items",
     nullptr},
    {"tables", policy_tables_max, [](std::size_t n) { return from_teams(n, ", ", ""); },
     "too many tables", "1,2,3"},
    {"joins", policy_tables_max,
     [](std::size_t n) { return from_teams(n, " JOIN ", ".name = t0.name"); }, "too many tables",
     "1,2,3"},
};

TEST(PolicyLimits, TheMostAndOnePast) {
    PolicyBench bench;
    for (const Limit& limit : limits) {
        SCOPED_TRACE(limit.name);
        const auto text = [&](std::size_t count) {
            return "GRANT ALL ON teams TO public; CREATE POLICY p ON notes USING (" +
                   limit.condition(count) + ");";
        };
        EXPECT_EQ(bench.fault_of(text(limit.most)), "none");
        if (limit.message != nullptr) {
            const std::string fault = bench.fault_of(text(limit.most + 1));
            EXPECT_EQ(fault.substr(fault.find(' ') + 1), limit.message) << fault;
        }
        const Policies policies = bench.policies(text(limit.most));
        const std::string trial = bench.trial_of(policies);
        if (limit.shown == nullptr) {
            EXPECT_TRUE(trial.starts_with("the policies of table notes do not work: ")) << trial;
            continue;
        }
        EXPECT_EQ(trial, "none");
        EXPECT_EQ(bench.touched(policies), limit.shown);
    }
}

TEST(PolicyLimits, Files) {
    const PolicyBench bench;
    const std::string most(policy_file_bytes_max, ' ');
    EXPECT_EQ(bench.fault_of(most), "none");
    EXPECT_EQ(bench.fault_of(most + " "), "1:1 the file is too large");
    const std::string statement = "GRANT SELECT ON notes TO anon;\n";
    EXPECT_EQ(bench.fault_of(repeated(statement, policy_file_bytes_max / statement.size())),
              "none");
}

TEST(PolicyLimits, PoliciesOfATable) {
    PolicyBench bench;
    std::string text;
    for (std::size_t i = 0; i < policy_operands_max; ++i) {
        text += "CREATE POLICY p" + std::to_string(i) +
                " ON notes USING (id = " + std::to_string(i) + ");\n";
    }
    EXPECT_EQ(bench.touched(bench.policies(text)), "1,2,3,4");
    EXPECT_EQ(bench.fault_of(text + "  CREATE POLICY more ON notes;"),
              "101:3 too many policies for one table");
}

TEST(PolicyLimits, WhatIsCompiled) {
    const PolicyBench bench;
    // Casts repeat their operand: a short file can become a long statement.
    const std::string casts = "(title" + repeated("::boolean::text", 12) + ") = 'true'";
    EXPECT_EQ(bench.fault_of("CREATE POLICY p ON notes USING (" + casts + ");")
                  .ends_with("the policy is too large"),
              true);
    const std::string literal(policy_text_max + 1, 'x');
    EXPECT_EQ(bench.fault_of("CREATE POLICY p ON notes USING (title = '" + literal + "');"),
              "1:41 the policy is too large");
    const std::string fits(policy_text_max - 100, 'x');
    EXPECT_EQ(bench.fault_of("CREATE POLICY p ON notes USING (title = '" + fits + "');"), "none");
}

}  // namespace
}  // namespace muster::rest
