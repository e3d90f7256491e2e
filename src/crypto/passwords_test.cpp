// Tests of crypto/passwords, at the least cost that libsodium takes.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/passwords.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace muster::crypto {
namespace {

const PasswordCost cheap{std::size_t{8} * 1024, 1};

base::Secret<std::string> secret(std::string text) {
    return base::Secret(std::move(text));
}

}  // namespace

TEST(Passwords, AHashFitsItsPasswordOnly) {
    const std::string hash = hash_password(secret("correct horse"), cheap);
    struct Case {
        const char* name;
        std::string password;
        bool expect;
    };
    const Case cases[] = {
        {"the password", "correct horse", true},
        {"another case", "Correct horse", false},
        {"a prefix", "correct hors", false},
        {"longer", "correct horse ", false},
        {"followed by a NUL", std::string("correct horse\0", 14), false},
        {"empty", "", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(verify_password(secret(c.password), hash), c.expect);
    }
}

TEST(Passwords, UnusualPasswordsWork) {
    for (const std::string& password :
         {std::string(), std::string("a\0b", 3), std::string(4096, 'x'), std::string("\xff\xfe")}) {
        const std::string hash = hash_password(secret(password), cheap);
        EXPECT_TRUE(verify_password(secret(password), hash));
        EXPECT_FALSE(verify_password(secret(password + "x"), hash));
    }
}

TEST(Passwords, AHashIsSaltedAndSaysItsCost) {
    const std::string hash = hash_password(secret("p"), cheap);
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << hash;
    EXPECT_NE(hash, hash_password(secret("p"), cheap));
    EXPECT_TRUE(
        hash_password(secret("p"), PasswordCost{}).starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST(Passwords, MalformedHashesMatchNothing) {
    const std::string good = hash_password(secret("p"), cheap);
    struct Case {
        const char* name;
        std::string hash;
    };
    const Case cases[] = {
        {"empty", ""},
        {"not a hash", "p"},
        {"cut", good.substr(0, good.size() - 1)},
        {"longer", good + "A"},
        {"a NUL and more", good + std::string("\0x", 2)},
        {"far too long", good + std::string(200, 'A')},
        {"another algorithm", "$argon2i$" + good.substr(10)},
        {"unknown version", "$argon2id$v=18$" + good.substr(15)},
        {"no passes", "$argon2id$v=19$m=8,t=0,p=1$" + good.substr(27)},
        {"another cost", "$argon2id$v=19$m=8,t=2,p=1$" + good.substr(27)},
        {"no salt", "$argon2id$v=19$m=8,t=1,p=1$"},
    };
    ASSERT_TRUE(verify_password(secret("p"), good));
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_FALSE(verify_password(secret("p"), c.hash));
    }
}

TEST(Passwords, ACostBelowTheLeastIsRefused) {
    EXPECT_THROW(hash_password(secret("p"), {std::size_t{8} * 1024 - 1, 1}), std::invalid_argument);
    EXPECT_THROW(hash_password(secret("p"), {std::size_t{8} * 1024, 0}), std::invalid_argument);
}

TEST(Passwords, TheUnmatchableHashIsKeptForItsCost) {
    const std::string& hash = unmatchable_hash(cheap);
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
    EXPECT_EQ(&unmatchable_hash(cheap), &hash);
    EXPECT_TRUE(
        unmatchable_hash({std::size_t{16} * 1024, 2}).starts_with("$argon2id$v=19$m=16,t=2,p=1$"));
    EXPECT_FALSE(verify_password(secret(""), hash));
    EXPECT_FALSE(verify_password(secret(std::string(32, '\0')), hash));
}

}  // namespace muster::crypto
