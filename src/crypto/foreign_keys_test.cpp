// Keys that others publish: which are taken, and which tokens they prove. The RSA key and its
// signature were made with another program.
// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "crypto/jose_test_keys.hpp"
#include "crypto/jwt.hpp"

namespace muster::crypto {
namespace {

namespace json = boost::json;

constexpr std::chrono::sys_time<std::chrono::microseconds> now{std::chrono::seconds(1'795'428'000)};

const std::string rsa_n =
    "zqysm1BEff3CB79ucDsQPfClgROoOw_XRrd-AbxlcDV0brRYX40S6ItkipPAnrW-_-vKWobRzZtKUs82"
    "p_rRqyG0Y5qsSjQsJBFgG2R4cHZDpLKa3iWaMCKGfgQf3RxuCkkTLqVDvKiBP37fvJxaA6nLVnTRulx7"
    "ckf39BWjnF0-86QDpfog__tKz3J-0F9ARLWjGgaUn694CLh53yK5qmuE5GaN5Pd2loJcbOmsTsmZPr0s"
    "FRiaT89BfS6EHoBiThPX7_0ikto4wF8tDrHMxuEujQKI3b-pPQ7NX95DhbSuiA3BlNX8l8wdl5xfRbd9"
    "I4zdp3IMbQb1FHavfsrYvQ";
const std::string rsa_token =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYS0xIiwidHlwIjoiSldUIn0.eyJzdWIiOiJzb21lb25lIiwi"
    "ZXhwIjoxNzk1NDI4MDYwfQ.lUM1N8n_JdJx_7g0TfLf1FdnwsOXLzNVdM2cqmSTWAxEfMNIofMKLZaab"
    "u4ZNHh6LjoIULiqkuQ8glCSa_VTAC4smajaExauawmCVwYg_v9BOdWfVbrtwjbE_iLLMnn8Ze24AQivo"
    "m20_GyBh7GQOt32gdtKe6s4ACidkc0TKlZMS7rnqttKVnJxF9UW5IhSjdM63f8pIM_7ReHT7wRWi826F"
    "jJinnEUGQHAQhR3W5qOT8-NqMF6j0fAeQqSii-T0jMyYgqqjkxa3fSos1SM6X8DIAexhutQMxkk3yd0V"
    "7OYuxvKSBvxAVpu1ifwGkj0G1S1AZ9IxBnz8XrPP0DRew";

json::object ec_jwk() {
    return {{"kty", "EC"}, {"crv", "P-256"}, {"x", rfc_x}, {"y", rfc_y}, {"kid", "ec-1"}};
}

json::object rsa_jwk() {
    return {{"kty", "RSA"}, {"n", rsa_n}, {"e", "AQAB"}, {"kid", "rsa-1"}};
}

template <class Value>
json::object with(json::object jwk, std::string_view name, const Value& value) {
    jwk[name] = value;
    return jwk;
}

json::object without(json::object jwk, std::string_view name) {
    jwk.erase(name);
    return jwk;
}

}  // namespace

TEST(ForeignKeys, WhichAreTaken) {
    const std::string other_point = encoded(std::string(32, '\1'));
    const struct {
        const char* name;
        json::object jwk;
        bool taken;
    } cases[] = {
        {"P-256", ec_jwk(), true},
        {"P-256 for signatures", with(with(ec_jwk(), "use", "sig"), "alg", "ES256"), true},
        {"without a kid", without(ec_jwk(), "kid"), true},
        {"an empty kid", with(ec_jwk(), "kid", ""), false},
        {"a kid that is no text", with(ec_jwk(), "kid", 7), false},
        {"another algorithm", with(ec_jwk(), "alg", "ES384"), false},
        {"for encryption", with(ec_jwk(), "use", "enc"), false},
        {"another curve", with(ec_jwk(), "crv", "P-384"), false},
        {"no curve", without(ec_jwk(), "crv"), false},
        {"no x", without(ec_jwk(), "x"), false},
        {"no point of the curve", with(ec_jwk(), "x", other_point), false},
        {"a short y", with(ec_jwk(), "y", encoded(std::string(31, '\1'))), false},
        {"y is no base64", with(ec_jwk(), "y", "!"), false},
        {"RSA", rsa_jwk(), true},
        {"RSA for ES256", with(rsa_jwk(), "alg", "ES256"), false},
        {"RSA of 1024 bits", with(rsa_jwk(), "n", encoded(std::string(128, '\xff'))), false},
        {"RSA of 4104 bits", with(rsa_jwk(), "n", encoded(std::string(513, '\xff'))), false},
        {"RSA with a zero in front", with(rsa_jwk(), "n", encoded('\0' + std::string(256, '\xff'))),
         false},
        {"RSA without an exponent", without(rsa_jwk(), "e"), false},
        {"RSA with a long exponent", with(rsa_jwk(), "e", encoded(std::string(5, '\1'))), false},
        {"a shared secret", {{"kty", "oct"}, {"k", encoded(std::string(32, 's'))}}, false},
        {"Ed25519", {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", rfc_x}}, false},
        {"nothing", {}, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(JwtKey::parse_jwk(c.jwk).has_value(), c.taken);
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
    EXPECT_EQ(JwtKey::parse_jwk(ec_jwk())->id(), "ec-1");
    EXPECT_EQ(JwtKey::parse_jwk(without(ec_jwk(), "kid"))->id(),
              "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U")
        << "its thumbprint";
    EXPECT_EQ(JwtKey::parse_jwk(rsa_jwk())->algorithm(), JwtAlgorithm::rs256);
}

TEST(ForeignKeys, TokensThatTheyProve) {
    const JwtKey key = JwtKey::generate_es256();
    const JwtKey own = JwtKey::generate_es256();
    const JwtKey shared = JwtKey::from_shared_secret(base::Secret(std::string(32, 's'))).value();
    const json::object claims{{"sub", "someone"}, {"exp", 1'795'428'060}};
    JwtVerifier verifier({own, shared});
    const auto examine = [&](const std::string& token) { return verifier.examine(token, now); };
    EXPECT_EQ(examine(key.sign(claims)).error(), JwtFault::unknown_key);

    verifier.set_foreign_keys(
        {JwtKey::parse_jwk(key.public_jwk()).value(), JwtKey::parse_jwk(rsa_jwk()).value()});
    ASSERT_TRUE(examine(key.sign(claims)));
    EXPECT_EQ(examine(key.sign(claims))->owner, KeyOwner::foreign);
    EXPECT_EQ(examine(key.sign(claims))->claims, claims);
    EXPECT_EQ(examine(own.sign(claims))->owner, KeyOwner::server);
    EXPECT_EQ(examine(shared.sign(claims))->owner, KeyOwner::shared);
    const auto rsa = examine(rsa_token);
    ASSERT_TRUE(rsa) << static_cast<int>(rsa.error());
    EXPECT_EQ(rsa->owner, KeyOwner::foreign);
    std::string changed = rsa_token;
    changed.back() = changed.back() == 'A' ? 'Q' : 'A';
    EXPECT_FALSE(examine(changed));
    EXPECT_EQ(verifier.jwks().at("keys").as_array().size(), 1U) << "others publish their own";

    verifier.set_foreign_keys({});
    EXPECT_EQ(examine(key.sign(claims)).error(), JwtFault::unknown_key);
    EXPECT_EQ(examine(rsa_token).error(), JwtFault::unknown_key);
}

TEST(ForeignKeys, DocumentsThatHoldThem) {
    const auto document = [](std::size_t count) {
        json::array keys;
        for (std::size_t i = 0; i < count; ++i) keys.push_back(ec_jwk());
        return json::serialize(json::object{{"keys", keys}});
    };
    const struct {
        const char* name;
        std::string text;
        std::optional<std::size_t> keys;
    } cases[] = {
        {"one", document(1), 1},
        {"none", R"({"keys":[]})", 0},
        {"one of a kind that we do not know", R"({"keys":[{"kty":"OKP"}]})", 0},
        {"as many as are read", document(jwks_keys_max), jwks_keys_max},
        {"one more", document(jwks_keys_max + 1), std::nullopt},
        {"keys that are none", R"({"keys":[7]})", std::nullopt},
        {"no list", R"({"keys":{}})", std::nullopt},
        {"another object", "{}", std::nullopt},
        {"an array", "[]", std::nullopt},
        {"a page", "<html>", std::nullopt},
        {"empty", "", std::nullopt},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto keys = parse_jwks(c.text);
        ASSERT_EQ(keys.has_value(), c.keys.has_value());
        if (keys) {
            EXPECT_EQ(keys->size(), *c.keys);
        }
    }
}

TEST(ForeignKeysDeathTest, APublicHalfSignsNothing) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const JwtKey half = JwtKey::parse_jwk(ec_jwk()).value();
    EXPECT_DEATH(half.sign({}), "no private half");
}

}  // namespace muster::crypto
