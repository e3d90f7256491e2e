// Which misspelt names are taken for others.
// SPDX-License-Identifier: Apache-2.0
#include "rest/similarity.hpp"

#include <string>

#include <gtest/gtest.h>

namespace muster::rest {
namespace {

TEST(Similarity, IsTheShareOfLettersThatNeedNoEdit) {
    const struct {
        std::string one, other;
        double similarity;
    } cases[] = {
        {"devices", "devices", 1},
        {"device", "devices", 1 - 1.0 / 7},
        {"devicez", "devices", 1 - 1.0 / 7},
        {"user", "users", 0.8},
        {"todo", "todos", 0.8},
        {"dvcs", "devices", 1 - 3.0 / 7},
        {"x", "devices", 0},
        {"", "", 0},
        {std::string(name_length_max, 'a'), std::string(name_length_max, 'a'), 1},
        {std::string(name_length_max + 1, 'a'), std::string(name_length_max, 'a'), 0},
    };
    for (const auto& [one, other, expected] : cases) {
        EXPECT_DOUBLE_EQ(similarity(one, other), expected) << one << ' ' << other;
        EXPECT_DOUBLE_EQ(similarity(other, one), expected) << other << ' ' << one;
    }
}

}  // namespace
}  // namespace muster::rest
