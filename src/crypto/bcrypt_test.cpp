// bcrypt against the vectors of Openwall's crypt_blowfish, and hashes that are not to be checked.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt.hpp"

#include <gtest/gtest.h>

#include "crypto/passwords.hpp"

namespace muster::crypto {

TEST(Bcrypt, Vectors) {
    const struct {
        const char* hash;
        std::string password;
    } vectors[] = {
        {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
        {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"},
        {"$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"},
        {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""},
    };
    for (const auto& v : vectors) {
        SCOPED_TRACE(v.hash);
        EXPECT_TRUE(is_password_hash(v.hash));
        EXPECT_TRUE(is_foreign_hash(v.hash));
        EXPECT_TRUE(verify_password(base::Secret(v.password), v.hash));
        EXPECT_FALSE(verify_password(base::Secret(v.password + "x"), v.hash));
        EXPECT_FALSE(verify_password(base::Secret(v.password + std::string("\0x", 2)), v.hash));
    }
}

TEST(Bcrypt, HashesThatAreLookedAt) {
    const std::string tail = "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    const struct {
        const char* name;
        std::string hash;
        bool expected;
    } cases[] = {
        {"2b", "$2b$10" + tail, true},
        {"2y", "$2y$10" + tail, true},
        {"2x, which was a mistake", "$2x$10" + tail, false},
        {"the first one", "$2$10" + tail, false},
        {"cheapest", "$2b$04" + tail, true},
        {"cheaper", "$2b$03" + tail, false},
        {"dearest", "$2b$14" + tail, true},
        {"one past it", "$2b$15" + tail, false},
        {"a cost that is none", "$2b$1x" + tail, false},
        {"a character that is none", "$2b$10" + tail.substr(0, 52) + "!W", false},
        {"one short", ("$2b$10" + tail).substr(0, 59), false},
        {"one more", "$2b$10" + tail + "A", false},
        {"a NUL and more", "$2b$10" + tail + std::string("\0A", 2), false},
        {"empty", "", false},
    };
    ASSERT_EQ(bcrypt_cost_max, 14);
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(is_bcrypt_hash(c.hash), c.expected);
        EXPECT_EQ(is_password_hash(c.hash), c.expected);
    }
}

TEST(ForeignArgon2id, HashesThatAreLookedAt) {
    const PasswordCost cheap{std::size_t{8} * 1024, 1};
    const std::string good = hash_password(base::Secret<std::string>("p"), cheap);
    const std::string tail = good.substr(good.find("p=1") - 1);
    const struct {
        const char* name;
        std::string hash;
        bool expected;
    } cases[] = {
        {"one of ours", good, true},
        {"most memory", "$argon2id$v=19$m=65536,t=1" + tail, true},
        {"one more", "$argon2id$v=19$m=65537,t=1" + tail, false},
        {"most passes", "$argon2id$v=19$m=8,t=10" + tail, true},
        {"one more", "$argon2id$v=19$m=8,t=11" + tail, false},
        {"several lanes", "$argon2id$v=19$m=32,t=1,p=2" + tail.substr(4), false},
        {"another algorithm", "$argon2i$v=19$m=8,t=1" + tail, false},
        {"too long", good + std::string(100, 'A'), false},
        // Without the last one only, one in sixteen is the Base64 of a shorter hash.
        {"cut", good.substr(0, good.size() - 2), false},
    };
    EXPECT_FALSE(is_foreign_hash(good));
    for (const auto& c : cases) {
        SCOPED_TRACE(std::string(c.name) + ": " + c.hash);
        EXPECT_EQ(is_password_hash(c.hash), c.expected);
    }
}

}  // namespace muster::crypto
