// Tests of crypto/digest.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace muster::crypto {

TEST(Digest, Sha256OfTheStandardsExamples) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    EXPECT_EQ(base::to_hex(sha256("abc")), sha256_hex("abc"));
}

TEST(Digest, HmacSha256OfRfc4231) {
    struct Case {
        const char* name;
        std::string key;
        const char* data;
        const char* expect;
    };
    const Case cases[] = {
        {"case 2: a short key", "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"case 6: a key longer than a block", std::string(131, '\xaa'),
         "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"empty key, empty text", "", "",
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto key = base::bytes_of(c.key);
        EXPECT_EQ(base::to_hex(hmac_sha256(key, c.data)), c.expect);
        const HmacKey kept(key);
        EXPECT_EQ(base::to_hex(kept.sign(c.data)), c.expect);
        EXPECT_EQ(base::to_hex(kept.sign(c.data)), c.expect);
    }
}

TEST(Digest, AnHmacKeyServesThreads) {
    const HmacKey key(base::bytes_of("Jefe"));
    std::vector<int> wrong(4, 0);
    {
        std::vector<std::jthread> threads;
        for (int& count : wrong) {
            threads.emplace_back([&key, &count] {
                for (int i = 0; i < 500; ++i) {
                    const std::string text = std::to_string(i);
                    if (key.sign(text) != hmac_sha256(base::bytes_of("Jefe"), text)) ++count;
                }
            });
        }
    }
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Digest, EqualityInConstantTime) {
    struct Case {
        const char* name;
        std::string_view a;
        std::string_view b;
        bool expect;
    };
    const Case cases[] = {
        {"both empty", "", "", true},           {"equal", "abc", "abc", true},
        {"first differs", "xbc", "abc", false}, {"last differs", "abx", "abc", false},
        {"a longer one", "abc", "abcd", false}, {"one empty", "", "a", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(equal_in_constant_time(base::bytes_of(c.a), base::bytes_of(c.b)), c.expect);
    }
}

}  // namespace muster::crypto
