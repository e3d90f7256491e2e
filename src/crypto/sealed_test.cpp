// Tests of crypto/sealed.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/sealed.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "fakes/random.hpp"

namespace muster::crypto {
namespace {

constexpr std::string_view purpose = "devices.tailscale_auth_key";

base::Secret<std::string> secret(std::string text) {
    return base::Secret(std::move(text));
}

std::optional<std::string> revealed(const std::optional<base::Secret<std::string>>& opened) {
    if (!opened) return std::nullopt;
    return opened->reveal();
}

}  // namespace

TEST(SealingKey, FileForm) {
    fakes::FakeRandom random;
    const SealingKey key = make_sealing_key(random);
    const std::string text = to_text(key);
    EXPECT_EQ(text.size(), 65U);
    EXPECT_EQ(text.back(), '\n');
    const auto parsed = parse_sealing_key(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->key.reveal(), key.key.reveal());
    EXPECT_EQ(parsed->id, key.id);
    const std::string_view bytes(reinterpret_cast<const char*>(key.key.reveal().data()), 32);
    EXPECT_EQ(key.id, sha256_hex(bytes).substr(0, 8));
}

TEST(SealingKey, Refuses) {
    const std::string good(64, 'a');
    struct Case {
        const char* name;
        std::string text;
        bool expect;
    };
    const Case cases[] = {
        {"64 digits", good, true},
        {"with a line end", good + "\n", true},
        {"two line ends", good + "\n\n", false},
        {"two lines", good + "\n" + good + "\n", false},
        {"a byte less", good.substr(2), false},
        {"a byte more", good + "aa", false},
        {"a digit less", good.substr(1), false},
        {"not hex", "g" + good.substr(1), false},
        {"a leading space", " " + good, false},
        {"empty", "", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(parse_sealing_key(c.text).has_value(), c.expect);
    }
}

TEST(Sealer, OpensWhatItSealed) {
    fakes::FakeRandom random;
    const Sealer sealer({make_sealing_key(random)}, random);
    for (const std::string& text :
         {std::string(), std::string("key"), std::string("a\0b", 3), std::string(100'000, 'x')}) {
        EXPECT_EQ(revealed(sealer.open(sealer.seal(secret(text), purpose), purpose)), text);
    }
    EXPECT_NE(sealer.seal(secret("a"), purpose), sealer.seal(secret("a"), purpose));
}

TEST(Sealer, HasItsForm) {
    fakes::FakeRandom random;
    const SealingKey key = make_sealing_key(random);
    const std::string sealed = Sealer({key}, random).seal(secret("plain"), purpose);
    EXPECT_TRUE(sealed.starts_with("sealed.v1." + key.id + "."));
    EXPECT_EQ(sealed.find("plain"), std::string::npos);
    EXPECT_EQ(base::parse_base64url(sealed.substr(19))->size(), 24U + 5U + 16U);
}

TEST(Sealer, OpensNothingElse) {
    fakes::FakeRandom random;
    const SealingKey key = make_sealing_key(random);
    const SealingKey other = make_sealing_key(random);
    const Sealer sealer({key}, random);
    const std::string good = sealer.seal(secret("plain"), purpose);
    const std::string body = good.substr(19);
    struct Case {
        const char* name;
        std::string text;
        std::string_view purpose;
    };
    const Case cases[] = {
        {"another purpose", good, "organization_tailscale_config.tailscale_auth_key"},
        {"no purpose", good, ""},
        {"an unknown key", "sealed.v1." + other.id + "." + body, purpose},
        {"another version", "sealed.v2." + key.id + "." + body, purpose},
        {"no prefix", key.id + "." + body, purpose},
        {"no key id", "sealed.v1.." + body, purpose},
        {"no dot", "sealed.v1." + key.id + body, purpose},
        {"cut by a character", good.substr(0, good.size() - 1), purpose},
        {"longer", good + "AAAA", purpose},
        {"nonce only", good.substr(0, 19 + 32), purpose},
        {"a byte less than nonce and tag", good.substr(0, 19 + 52), purpose},
        {"nothing after the id", good.substr(0, 19), purpose},
        {"plain text", "plain", purpose},
        {"empty", "", purpose},
    };
    ASSERT_EQ(revealed(sealer.open(good, purpose)), "plain");
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_FALSE(sealer.open(c.text, c.purpose));
    }
}

TEST(Sealer, EveryChangedCharacterIsFound) {
    fakes::FakeRandom random;
    const Sealer sealer({make_sealing_key(random)}, random);
    const std::string good = sealer.seal(secret("plain"), purpose);
    for (std::size_t i = 0; i < good.size(); ++i) {
        SCOPED_TRACE(i);
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(sealer.open(changed, purpose));
    }
}

TEST(Sealer, KeysRotate) {
    fakes::FakeRandom random;
    const SealingKey old_key = make_sealing_key(random);
    const SealingKey new_key = make_sealing_key(random);
    const std::string sealed = Sealer({old_key}, random).seal(secret("plain"), purpose);
    const Sealer both({new_key, old_key}, random);
    EXPECT_EQ(revealed(both.open(sealed, purpose)), "plain");
    EXPECT_TRUE(both.seal(secret("plain"), purpose).starts_with("sealed.v1." + new_key.id));
    EXPECT_FALSE(Sealer({new_key}, random).open(sealed, purpose));

    // Two keys with one id: the right one is found.
    SealingKey twin = new_key;
    twin.id = old_key.id;
    EXPECT_EQ(revealed(Sealer({twin, old_key}, random).open(sealed, purpose)), "plain");
}

TEST(Sealer, NeedsAKey) {
    fakes::FakeRandom random;
    EXPECT_THROW(Sealer({}, random), std::invalid_argument);
}

TEST(Sealer, ComparableTextsAreEqualForEqualSecretsOnly) {
    fakes::FakeRandom random;
    const Sealer sealer({make_sealing_key(random)}, random);
    const std::string once = sealer.seal_comparable(secret("tskey-1"), purpose);
    EXPECT_EQ(sealer.seal_comparable(secret("tskey-1"), purpose), once);
    EXPECT_NE(sealer.seal_comparable(secret("tskey-2"), purpose), once);
    EXPECT_NE(sealer.seal_comparable(secret("tskey-1"), "other.column"), once);
    EXPECT_EQ(revealed(sealer.open(once, purpose)), "tskey-1");
    EXPECT_EQ(revealed(sealer.open(once, "other.column")), std::nullopt);
}

}  // namespace muster::crypto
