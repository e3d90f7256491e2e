// Keys with a check of their own: what they look like, and what is none.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/api_key.hpp"

#include <gtest/gtest.h>

#include "fakes/random.hpp"

namespace muster::crypto {

TEST(ApiKeys, HaveTheirShape) {
    fakes::FakeRandom random;
    const struct {
        ApiKeyKind kind;
        std::string_view prefix;
    } cases[] = {
        {ApiKeyKind::publishable, "sb_publishable_"},
        {ApiKeyKind::secret, "sb_secret_"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.prefix);
        const std::string key = make_api_key(c.kind, random).reveal();
        ASSERT_TRUE(key.starts_with(c.prefix));
        EXPECT_EQ(key.size(), c.prefix.size() + 22 + 1 + 8);
        EXPECT_EQ(key[c.prefix.size() + 22], '_');
        EXPECT_TRUE(is_api_key(key));
        EXPECT_NE(make_api_key(c.kind, random).reveal(), key);
        for (std::size_t i = 0; i < key.size(); ++i) {
            std::string changed = key;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            EXPECT_FALSE(is_api_key(changed)) << "character " << i;
        }
        EXPECT_FALSE(is_api_key(key + "A"));
        EXPECT_FALSE(is_api_key(key.substr(0, key.size() - 1)));
        EXPECT_FALSE(is_api_key(" " + key));
    }
}

TEST(ApiKeys, OthersAreNone) {
    for (const char* const text : {"", "sb_", "sb_secret_", "sb_publishable_", "sb_temp_x",
                                   "sb_secret_0123456789012345678901_", "eyJ.e.x"}) {
        EXPECT_FALSE(is_api_key(text)) << text;
    }
}

}  // namespace muster::crypto
