// Tests of crypto/tokens.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/tokens.hpp"

#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "fakes/random.hpp"

namespace muster::crypto {

TEST(Tokens, HaveTheirFormAndDigest) {
    fakes::FakeRandom random;
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const EnrollmentToken token = make_enrollment_token(random);
        const std::string& text = token.text.reveal();
        EXPECT_TRUE(std::regex_match(text, std::regex("muster-[a-z2-7]{32}"))) << i;
        EXPECT_EQ(token.digest, sha256_hex(text));
        EXPECT_EQ(token.digest, token_digest(text));
        EXPECT_TRUE(seen.insert(text).second);
    }
}

}  // namespace muster::crypto
