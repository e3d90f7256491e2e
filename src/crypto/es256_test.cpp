// Tests of crypto/es256.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/es256.hpp"

#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "base/encoding.hpp"
#include "crypto/jose_test_keys.hpp"

namespace muster::crypto {

TEST(Es256, AKeyKeepsItsHalves) {
    const auto key = Es256Key::parse(base::Secret(pem_of(rfc_d, rfc_x, rfc_y)));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->x(), rfc_x);
    EXPECT_EQ(key->y(), rfc_y);
    EXPECT_EQ(key->to_pem().reveal(), pem_of(rfc_d, rfc_x, rfc_y));
}

TEST(Es256, ASignatureFitsItsTextAndKeyOnly) {
    const Es256Key key = Es256Key::generate();
    const Es256Signature signature = key.sign("text");
    EXPECT_TRUE(key.verify("text", signature));
    EXPECT_FALSE(key.verify("texT", signature));
    EXPECT_FALSE(key.verify("", signature));
    EXPECT_FALSE(Es256Key::generate().verify("text", signature));
    EXPECT_FALSE(key.verify("text", std::span(signature).first(63)));
    EXPECT_FALSE(key.verify("text", {}));
    EXPECT_TRUE(key.verify("", key.sign("")));
    for (const std::byte filling : {std::byte{0}, std::byte{0xff}}) {
        Es256Signature flat;
        flat.fill(filling);
        EXPECT_FALSE(key.verify("text", flat));
    }
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Es256, KeysThatAreRefused) {
    const std::string good = pem_of(rfc_d, rfc_x, rfc_y);
    const Es256Key other = Es256Key::generate();
    const std::string d_of_zero = encoded(std::string(32, '\0'));
    const std::string ed25519 =
        pem_of(bytes_of_hex("302e020100300506032b657004220420") + std::string(32, 'd'));
    // secp256k1 has numbers of the same length; this d is a key on that curve too.
    const std::string secp256k1 =
        pem_of(bytes_of_hex("303e020100301006072a8648ce3d020106052b8104000a042730250201010420") +
               decoded(rfc_d));
    struct Case {
        const char* name;
        std::string pem;
    };
    const Case cases[] = {
        {"empty", ""},
        {"not PEM", "key"},
        {"cut", good.substr(0, good.size() / 2)},
        {"broken base64", "-----BEGIN PRIVATE KEY-----\n****\n-----END PRIVATE KEY-----\n"},
        {"another key's public half", pem_of(rfc_d, other.x(), other.y())},
        {"a point that is not on the curve", pem_of(rfc_d, rfc_x, rfc_x)},
        {"zero", pem_of(d_of_zero, rfc_x, rfc_y)},
        {"another algorithm", ed25519},
        {"another curve", secp256k1},
        {"a certificate's frame", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
        {"encrypted",
         "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"},
    };
    ASSERT_TRUE(Es256Key::parse(base::Secret(good)));
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_FALSE(Es256Key::parse(base::Secret(c.pem)));
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
}

}  // namespace muster::crypto
