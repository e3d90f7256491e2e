// Tests of crypto/jwt: the examples of RFC 7515 and 7638, and what must never be believed.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwt.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/jose_test_keys.hpp"

namespace muster::crypto {
namespace {

namespace json = boost::json;
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using namespace std::chrono_literals;

constexpr std::int64_t now_seconds = 1'795'428'000;
constexpr Time now{std::chrono::seconds(now_seconds)};

// RFC 7515, A.1 and A.3.
const std::string rfc_claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";
constexpr Time rfc_exp{std::chrono::seconds(1'300'819'380)};
JwtKey rfc_es256_key() {
    return JwtKey::parse_es256(base::Secret(pem_of(rfc_d, rfc_x, rfc_y))).value();
}

JwtKey hs256_key(const std::string& secret = std::string(32, 's')) {
    return JwtKey::from_shared_secret(base::Secret(secret)).value();
}

json::object claims_until(std::int64_t exp) {
    return {{"sub", "someone"}, {"exp", exp}};
}

/// A token signed with `secret`, whatever its parts say.
std::string forge(const std::string& header, const std::string& claims,
                  const std::string& secret = std::string(32, 's')) {
    const std::string text = encoded(header) + "." + encoded(claims);
    return text + "." + base::to_base64url(hmac_sha256(base::bytes_of(secret), text));
}

const char* word_of(const std::expected<json::object, JwtFault>& result) {
    if (result) return "valid";
    switch (result.error()) {
        case JwtFault::empty: return "empty";
        case JwtFault::wrong_part_count: return "wrong_part_count";
        case JwtFault::malformed: return "malformed";
        case JwtFault::unsupported_algorithm: return "unsupported_algorithm";
        case JwtFault::unknown_key: return "unknown_key";
        case JwtFault::bad_signature: return "bad_signature";
        case JwtFault::bad_claims: return "bad_claims";
        case JwtFault::expired: return "expired";
        case JwtFault::not_yet_valid: return "not_yet_valid";
        case JwtFault::issued_in_future: return "issued_in_future";
    }
    return "?";
}

const std::string hs_header = R"({"alg":"HS256","typ":"JWT"})";
const std::string good_claims = R"({"sub":"someone","exp":1795428060})";

}  // namespace

TEST(Jwt, Rfc7515A1) {
    const JwtKey key =
        hs256_key(decoded("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtM"
                          "N3Yj0iPS4hcgUuTwjAzZr1Z9CAow"));
    const std::string token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + rfc_claims +
                              ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const JwtVerifier verifier({key});
    const auto claims = verifier.verify(token, rfc_exp - 1s);
    ASSERT_TRUE(claims) << word_of(claims);
    EXPECT_EQ(claims->at("iss"), "joe");
    EXPECT_STREQ(word_of(verifier.verify(token, rfc_exp + jwt_clock_skew)), "expired");
    EXPECT_STREQ(word_of(JwtVerifier({hs256_key()}).verify(token, rfc_exp - 1s)), "bad_signature");
}

TEST(Jwt, Rfc7515A3) {
    const std::string token =
        "eyJhbGciOiJFUzI1NiJ9." + rfc_claims +
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    const auto claims = JwtVerifier({rfc_es256_key()}).verify(token, rfc_exp - 1s);
    ASSERT_TRUE(claims) << word_of(claims);
    EXPECT_EQ(claims->at("iss"), "joe");
    EXPECT_STREQ(word_of(JwtVerifier({JwtKey::generate_es256()}).verify(token, rfc_exp - 1s)),
                 "bad_signature");
}

TEST(Jwt, PublicHalfAndThumbprint) {
    const JwtKey key = rfc_es256_key();
    // SHA-256 of {"crv":"P-256","kty":"EC","x":"...","y":"..."}, made with another program.
    EXPECT_EQ(key.id(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    EXPECT_EQ(json::serialize(key.public_jwk()),
              R"({"kty":"EC","crv":"P-256","x":")" + std::string(rfc_x) + R"(","y":")" +
                  std::string(rfc_y) + R"(","kid":")" + key.id() +
                  R"(","alg":"ES256","use":"sig","key_ops":["verify"]})");
    const JwtVerifier verifier({hs256_key(), key});
    EXPECT_EQ(json::serialize(verifier.jwks()),
              R"({"keys":[)" + json::serialize(key.public_jwk()) + "]}");
    EXPECT_EQ(json::serialize(JwtVerifier({hs256_key()}).jwks()), R"({"keys":[]})");
}

TEST(Jwt, SignsAndVerifies) {
    const JwtKey es256 = JwtKey::generate_es256();
    const JwtKey hs256 = hs256_key();
    EXPECT_EQ(es256.algorithm(), JwtAlgorithm::es256);
    EXPECT_EQ(hs256.algorithm(), JwtAlgorithm::hs256);
    EXPECT_EQ(hs256.id(), "");
    const JwtVerifier verifier({JwtKey::generate_es256(), hs256, es256});
    for (const JwtKey& key : {es256, hs256}) {
        for (int i = 0; i < 20; ++i) {  // r and s of every length
            const auto claims = verifier.verify(key.sign(claims_until(now_seconds + i)), now);
            ASSERT_TRUE(claims) << word_of(claims);
            EXPECT_EQ(*claims, claims_until(now_seconds + i));
        }
    }
    EXPECT_TRUE(hs256.sign({}).starts_with(encoded(R"({"alg":"HS256","typ":"JWT"})") + "."));
    EXPECT_TRUE(es256.sign({}).starts_with(
        encoded(R"({"alg":"ES256","kid":")" + es256.id() + R"(","typ":"JWT"})") + "."));
}

TEST(Jwt, KeysComeBackFromPem) {
    const JwtKey key = JwtKey::generate_es256();
    const auto again = JwtKey::parse_es256(key.to_pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id(), key.id());
    EXPECT_TRUE(JwtVerifier({key}).verify(again->sign(claims_until(now_seconds)), now));
    EXPECT_TRUE(key.to_pem().reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    EXPECT_NE(JwtKey::generate_es256().id(), key.id());
}

TEST(Jwt, ASharedSecretHas32Bytes) {
    EXPECT_FALSE(JwtKey::from_shared_secret(base::Secret(std::string(31, 's'))));
    EXPECT_TRUE(JwtKey::from_shared_secret(base::Secret(std::string(32, 's'))));
}

TEST(Jwt, HeadersThatAreRefused) {
    struct Case {
        const char* name;
        std::string header;
        const char* expect;
    };
    const Case cases[] = {
        {"good", hs_header, "valid"},
        {"only the algorithm", R"({"alg":"HS256"})", "valid"},
        {"unknown members are ignored", R"({"alg":"HS256","x":{"alg":"none"}})", "valid"},
        {"none", R"({"alg":"none"})", "unsupported_algorithm"},
        {"None", R"({"alg":"None"})", "unsupported_algorithm"},
        {"lower case", R"({"alg":"hs256"})", "unsupported_algorithm"},
        {"another length", R"({"alg":"HS512"})", "unsupported_algorithm"},
        {"no RSA key", R"({"alg":"RS256"})", "unknown_key"},
        {"no algorithm", R"({"typ":"JWT"})", "malformed"},
        {"algorithm is a number", R"({"alg":256})", "malformed"},
        {"algorithm is a list", R"({"alg":["HS256"]})", "malformed"},
        {"algorithm twice", R"({"alg":"none","alg":"HS256"})", "malformed"},
        {"algorithm twice, once escaped", R"({"\u0061lg":"none","alg":"HS256"})", "malformed"},
        {"a nested name twice", R"({"alg":"HS256","x":[{"a":1,"a":1}]})", "malformed"},
        {"colons in strings are no names", R"({"alg":"HS256","a:b":"c:\":\\"})", "valid"},
        {"crit", R"({"alg":"HS256","crit":["exp"],"exp":1})", "malformed"},
        {"empty crit", R"({"alg":"HS256","crit":[]})", "malformed"},
        {"unknown kid", R"({"alg":"HS256","kid":"a"})", "valid"},
        {"empty kid", R"({"alg":"HS256","kid":""})", "unknown_key"},
        {"kid is null", R"({"alg":"HS256","kid":null})", "malformed"},
        {"no key of the algorithm", R"({"alg":"ES256"})", "unknown_key"},
        {"an array", R"(["HS256"])", "malformed"},
        {"a string", R"("HS256")", "malformed"},
        {"empty", "", "malformed"},
        {"cut", R"({"alg":"HS256")", "malformed"},
        {"two objects", R"({"alg":"HS256"}{})", "malformed"},
        {"a comment", R"({"alg":"HS256"/**/})", "malformed"},
        {"a trailing comma", R"({"alg":"HS256",})", "malformed"},
        {"bad UTF-8", "{\"alg\":\"HS256\",\"x\":\"\xff\"}", "malformed"},
    };
    const JwtVerifier verifier({hs256_key()});
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_STREQ(word_of(verifier.verify(forge(c.header, good_claims), now)), c.expect);
    }
}

TEST(Jwt, ClaimsThatAreRefused) {
    const auto nested = [](std::size_t depth) {
        return R"({"exp":1795428060,"x":)" + std::string(depth - 1, '[') +
               std::string(depth - 1, ']') + "}";
    };
    struct Case {
        const char* name;
        std::string claims;
        const char* expect;
    };
    const Case cases[] = {
        {"good", good_claims, "valid"},
        {"fraction of a second", R"({"exp":1795428060.5})", "valid"},
        {"with an exponent", R"({"exp":1.79542806e9})", "valid"},
        {"as deep as allowed", nested(jwt_depth_max), "valid"},
        {"one deeper", nested(jwt_depth_max + 1), "bad_claims"},
        {"no exp", R"({"sub":"someone"})", "bad_claims"},
        {"exp is text", R"({"exp":"1795428060"})", "bad_claims"},
        {"exp is null", R"({"exp":null})", "bad_claims"},
        {"exp is true", R"({"exp":true})", "bad_claims"},
        {"exp has no end", R"({"exp":1e999})", "bad_claims"},
        {"exp twice", R"({"exp":1,"exp":1795428060})", "bad_claims"},
        {"negative exp", R"({"exp":-1})", "expired"},
        {"nbf is text", R"({"exp":1795428060,"nbf":"0"})", "bad_claims"},
        {"iat is text", R"({"exp":1795428060,"iat":"0"})", "bad_claims"},
        {"an array", "[]", "bad_claims"},
        {"a number", "1", "bad_claims"},
        {"empty", "", "bad_claims"},
        {"cut", R"({"exp":1795428060)", "bad_claims"},
    };
    const JwtVerifier verifier({hs256_key()});
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_STREQ(word_of(verifier.verify(forge(hs_header, c.claims), now)), c.expect);
    }
}

TEST(Jwt, TimesAreHeldToTheSkew) {
    struct Case {
        const char* name;
        std::string claims;
        Time at;
        const char* expect;
    };
    const auto edge = jwt_clock_skew;
    const std::string exp = R"({"exp":1795428000})";
    const std::string nbf = R"({"exp":1795430000,"nbf":1795428000})";
    const std::string iat = R"({"exp":1795430000,"iat":1795428000})";
    const Case cases[] = {
        {"before exp", exp, now - 1us, "valid"},
        {"exp and the skew, less a microsecond", exp, now + edge - 1us, "valid"},
        {"exp and the skew", exp, now + edge, "expired"},
        {"long after", exp, now + 24h, "expired"},
        {"nbf less the skew", nbf, now - edge, "valid"},
        {"a microsecond earlier", nbf, now - edge - 1us, "not_yet_valid"},
        {"iat less the skew", iat, now - edge, "valid"},
        {"made in the future", iat, now - edge - 1us, "issued_in_future"},
    };
    const JwtVerifier verifier({hs256_key()});
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_STREQ(word_of(verifier.verify(forge(hs_header, c.claims), c.at)), c.expect);
    }
}

TEST(Jwt, TokensThatWereTamperedWith) {
    const JwtKey key = JwtKey::generate_es256();
    const JwtKey other = JwtKey::generate_es256();
    const std::string token = key.sign(claims_until(now_seconds + 60));
    const std::string header = token.substr(0, token.find('.'));
    const std::string signature = token.substr(token.rfind('.') + 1);
    const std::string claims =
        token.substr(header.size() + 1, token.size() - header.size() - signature.size() - 2);
    const std::string kid_header = R"({"alg":"HS256","kid":")" + key.id() + "\"}";
    const std::string public_jwk = json::serialize(key.public_jwk());
    const std::string other_kid = encoded(R"({"alg":"ES256","kid":")" + other.id() + "\"}");
    const std::string zeros = encoded(std::string(64, '\0'));
    struct Case {
        const char* name;
        std::string token;
        const char* expect;
    };
    const Case cases[] = {
        {"untouched", token, "valid"},
        {"none, unsigned", encoded(R"({"alg":"none"})") + "." + claims + ".",
         "unsupported_algorithm"},
        {"none, signed", encoded(R"({"alg":"none"})") + "." + claims + "." + signature,
         "unsupported_algorithm"},
        {"HS256 with the public key as secret", forge(hs_header, good_claims, public_jwk),
         "unknown_key"},
        {"the same with the kid", forge(kid_header, good_claims, public_jwk), "unknown_key"},
        {"a wrong kid", other_kid + "." + claims + "." + signature, "unknown_key"},
        {"another key of the same kind", other.sign(claims_until(now_seconds + 60)), "unknown_key"},
        {"no kid, but another header was signed",
         encoded(R"({"alg":"ES256"})") + "." + claims + "." + signature, "bad_signature"},
        {"other claims",
         header + "." + encoded(R"({"sub":"other","exp":1795428060})") + "." + signature,
         "bad_signature"},
        {"no signature", header + "." + claims + ".", "bad_signature"},
        {"a shorter signature", header + "." + claims + "." + signature.substr(0, 84),
         "bad_signature"},
        {"a longer signature", header + "." + claims + "." + encoded(decoded(signature) + "x"),
         "bad_signature"},
        {"r and s are zero", header + "." + claims + "." + zeros, "bad_signature"},
        {"cut by a character", token.substr(0, token.size() - 1), "malformed"},
        {"two parts", header + "." + claims, "wrong_part_count"},
        {"one part", header, "wrong_part_count"},
        {"four parts", token + ".", "wrong_part_count"},
        {"five parts, as JWE has", header + "." + claims + "." + claims + "." + claims + ".x",
         "wrong_part_count"},
        {"an empty header", "." + claims + "." + signature, "malformed"},
        {"only dots", "..", "malformed"},
        {"empty", "", "empty"},
        {"padding", token + "==", "malformed"},
        {"a space in front", " " + token, "malformed"},
        {"a line end behind", token + "\n", "malformed"},
    };
    const JwtVerifier verifier({key, hs256_key()});
    const JwtVerifier without_hs256({key});
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_STREQ(word_of(without_hs256.verify(c.token, now)), c.expect);
        EXPECT_EQ(verifier.verify(c.token, now).has_value(), std::string(c.expect) == "valid");
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
    EXPECT_STREQ(word_of(JwtVerifier({}).verify(token, now)), "unknown_key");
}

TEST(Jwt, EveryChangedCharacterIsFound) {
    const JwtKey key = hs256_key();
    const JwtVerifier verifier({key});
    const std::string token = key.sign(claims_until(now_seconds + 60));
    for (std::size_t i = 0; i < token.size(); ++i) {
        SCOPED_TRACE(i);
        std::string changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verifier.verify(changed, now));
    }
}

TEST(Jwt, ATokenHasALengthLimit) {
    const auto token_of = [](std::size_t filling) {
        return forge(hs_header, R"({"exp":1795428060,"x":")" + std::string(filling, 'x') + "\"}");
    };
    const JwtVerifier verifier({hs256_key()});
    // Base64 grows by steps of one and two characters: the limit itself can be met.
    std::size_t filling = 6000;
    while (token_of(filling).size() < jwt_length_max) ++filling;
    ASSERT_EQ(token_of(filling).size(), jwt_length_max);
    EXPECT_STREQ(word_of(verifier.verify(token_of(filling), now)), "valid");
    ASSERT_EQ(token_of(filling + 1).size(), jwt_length_max + 1);
    EXPECT_STREQ(word_of(verifier.verify(token_of(filling + 1), now)), "malformed");
}

TEST(JwtDeathTest, HmacKeysHaveNoPublicHalf) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(hs256_key().public_jwk(), "no public half to show");
}

}  // namespace muster::crypto
