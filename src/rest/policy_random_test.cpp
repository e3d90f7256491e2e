// Policies made at random, beside an evaluator that knows PostgreSQL's three values and nothing of
// SQL: both must see the same rows.
// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "rest/policies_fixture.hpp"

namespace muster::rest {
namespace {

using Truth = std::optional<bool>;  // empty: unknown

/// The note as the fixture stores it.
struct Note {
    int id;
    char owner;  ///< 'a', 'b', or 0 for null
    const char* team;
    std::optional<int> stars;
    Truth is_open;
};

constexpr Note notes[] = {
    {1, 'a', "red", 5, true},
    {2, 'b', "red", 3, false},
    {3, 'a', "blue", std::nullopt, std::nullopt},
    {4, 0, nullptr, -2, true},
};

Truth negate(Truth value) {
    return value ? Truth(!*value) : std::nullopt;
}

Truth both(Truth left, Truth right) {
    if ((left && !*left) || (right && !*right)) return false;
    return left && right ? Truth(true) : std::nullopt;
}

/// A condition: its SQL, and what it is for a note when Ana asks (or nobody does).
struct Condition {
    std::string sql;
    std::function<Truth(const Note&, bool is_ana)> is_true;
};

class Maker {
public:
    explicit Maker(unsigned seed) : m_random(seed) {}

    Condition condition(int depth) {
        if (depth == 0 || one_of(4) == 0) return leaf();
        switch (one_of(6)) {
            case 0: return joined(depth, "AND");
            case 1: return joined(depth, "OR");
            case 2: return test(depth);
            case 3: return choice(depth);
            default: return inverse(depth);
        }
    }
    int one_of(int count) { return std::uniform_int_distribution(0, count - 1)(m_random); }

private:
    Condition leaf() {
        const int number = one_of(9) - 3;
        const std::string text = std::to_string(number);
        const auto compared = [number](auto compare) {
            return [number, compare](const Note& note, bool) {
                return note.stars ? Truth(compare(*note.stars, number)) : std::nullopt;
            };
        };
        switch (one_of(9)) {
            case 0: return {"is_open", [](const Note& note, bool) { return note.is_open; }};
            case 1: return {"stars > " + text, compared(std::greater<>())};
            case 2: return {"stars = " + text, compared(std::equal_to<>())};
            case 3: return {"stars <= " + text, compared(std::less_equal<>())};
            case 4:
                return {"owner = auth.uid()", [](const Note& note, bool is_ana) {
                            return note.owner && is_ana ? Truth(note.owner == 'a') : std::nullopt;
                        }};
            case 5:
                return {"team IN ('red', 'green')", [](const Note& note, bool) {
                            return note.team ? Truth(note.team == std::string("red"))
                                             : std::nullopt;
                        }};
            case 6:
                return {"team IS NOT NULL",
                        [](const Note& note, bool) { return Truth(note.team != nullptr); }};
            case 7:
                return {"EXISTS (SELECT 1 FROM teams WHERE name = notes.team AND rank < stars)",
                        [](const Note& note, bool) { return Truth(note.team && note.stars); }};
            default: return {"NULL", [](const Note&, bool) { return Truth(); }};
        }
    }

    Condition joined(int depth, const std::string& word) {
        Condition left = condition(depth - 1);
        Condition right = condition(depth - 1);
        const bool is_and = word == "AND";
        return {"(" + left.sql + ") " + word + " (" + right.sql + ")",
                [=](const Note& note, bool is_ana) {
                    const Truth one = left.is_true(note, is_ana);
                    const Truth other = right.is_true(note, is_ana);
                    if (is_and) return both(one, other);
                    return negate(both(negate(one), negate(other)));
                }};
    }

    Condition inverse(int depth) {
        Condition operand = condition(depth - 1);
        return {"NOT (" + operand.sql + ")", [=](const Note& note, bool is_ana) {
                    return negate(operand.is_true(note, is_ana));
                }};
    }

    Condition test(int depth) {
        Condition operand = condition(depth - 1);
        const bool wanted = one_of(2) == 0;
        const bool negated = one_of(2) == 0;
        return {"(" + operand.sql + ") IS " + (negated ? "NOT " : "") + (wanted ? "TRUE" : "FALSE"),
                [=](const Note& note, bool is_ana) {
                    const bool is_it = operand.is_true(note, is_ana) == Truth(wanted);
                    return Truth(is_it != negated);
                }};
    }

    Condition choice(int depth) {
        Condition when = condition(depth - 1);
        Condition then = condition(depth - 1);
        Condition otherwise = condition(depth - 1);
        return {"CASE WHEN " + when.sql + " THEN " + then.sql + " ELSE " + otherwise.sql + " END",
                [=](const Note& note, bool is_ana) {
                    const bool taken = when.is_true(note, is_ana) == Truth(true);
                    return (taken ? then : otherwise).is_true(note, is_ana);
                }};
    }

    std::mt19937 m_random;
};

struct Policy {
    bool permissive;
    bool for_anon;
    bool for_authenticated;
    Condition condition;
};

std::string to_sql(const std::vector<Policy>& policies) {
    std::string text = "GRANT ALL ON notes, teams TO public;";
    text += "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;\n";
    for (std::size_t i = 0; i < policies.size(); ++i) {
        const Policy& policy = policies[i];
        const bool is_both = policy.for_anon && policy.for_authenticated;
        text += fmt::format("CREATE POLICY p{} ON notes AS {} FOR SELECT TO {} USING ({});\n", i,
                            policy.permissive ? "PERMISSIVE" : "RESTRICTIVE",
                            is_both           ? "public"
                            : policy.for_anon ? "anon"
                                              : "authenticated",
                            policy.condition.sql);
    }
    return text;
}

std::string expected(const std::vector<Policy>& policies, bool is_ana) {
    std::string ids;
    for (const Note& note : notes) {
        bool permitted = false;
        bool restricted = false;
        for (const Policy& policy : policies) {
            if (!(is_ana ? policy.for_authenticated : policy.for_anon)) continue;
            const bool passes = policy.condition.is_true(note, is_ana) == Truth(true);
            if (policy.permissive) permitted |= passes;
            if (!policy.permissive) restricted |= !passes;
        }
        if (!permitted || restricted) continue;
        ids += (ids.empty() ? "" : ",") + std::to_string(note.id);
    }
    return ids;
}

TEST(PolicyRandom, RowsAreThoseThatTheConditionsName) {
    constexpr int rounds = 300;
    PolicyBench bench;
    Maker maker(20261124);
    for (int round = 0; round < rounds; ++round) {
        std::vector<Policy> policies;
        const int count = 1 + maker.one_of(4);
        for (int i = 0; i < count; ++i) {
            const int roles = maker.one_of(3);
            policies.push_back({maker.one_of(4) != 0, roles != 0, roles != 1, maker.condition(3)});
        }
        const std::string text = to_sql(policies);
        const Policies compiled = bench.policies(text);
        ASSERT_EQ(bench.touched(compiled, Role::anon), expected(policies, false)) << text;
        ASSERT_EQ(bench.touched(compiled, Role::authenticated), expected(policies, true)) << text;
    }
}

}  // namespace
}  // namespace muster::rest
