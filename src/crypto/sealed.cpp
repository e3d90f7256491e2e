// Secrets at rest: XChaCha20-Poly1305, by libsodium.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/sealed.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <sodium.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/sodium.hpp"

namespace muster::crypto {
namespace {

constexpr std::string_view prefix = "sealed.v1.";
constexpr std::size_t id_length = 8;
constexpr std::size_t nonce_length = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_length = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* data_of(std::span<const std::byte> bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* data_of(std::span<std::byte> bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

SealingKey key_of(const std::array<std::byte, 32>& bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {sha256_hex(text).substr(0, id_length), base::Secret(bytes)};
}

/// Nonce, then ciphertext and tag.
std::optional<std::string> open_with(const SealingKey& key, std::span<const std::byte> sealed,
                                     std::string_view purpose) {
    const auto nonce = sealed.first(nonce_length);
    const auto ciphertext = sealed.subspan(nonce_length);
    std::string text(ciphertext.size() - tag_length, '\0');
    const auto aad = base::bytes_of(purpose);
    const int state = crypto_aead_xchacha20poly1305_ietf_decrypt(
        reinterpret_cast<unsigned char*>(text.data()), nullptr, nullptr, data_of(ciphertext),
        ciphertext.size(), data_of(aad), aad.size(), data_of(nonce), data_of(key.key.reveal()));
    if (state != 0) return std::nullopt;
    return text;
}

}  // namespace

SealingKey make_sealing_key(base::Random& random) {
    std::array<std::byte, 32> bytes;
    random.fill(bytes);
    return key_of(bytes);
}

std::optional<SealingKey> parse_sealing_key(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    const auto parsed = base::parse_hex(text);
    std::array<std::byte, 32> bytes;
    if (!parsed || parsed->size() != bytes.size()) return std::nullopt;
    std::ranges::copy(*parsed, bytes.begin());
    return key_of(bytes);
}

std::string to_text(const SealingKey& key) {
    return base::to_hex(key.key.reveal()) + '\n';
}

Sealer::Sealer(std::vector<SealingKey> keys, base::Random& random)
    : m_keys(std::move(keys)), m_random(random) {
    if (m_keys.empty()) throw std::invalid_argument("a sealer needs a key");
    start_sodium();
}

std::string Sealer::seal(const base::Secret<std::string>& secret, std::string_view purpose) const {
    Nonce nonce;
    m_random.fill(nonce);
    return seal_with(nonce, secret, purpose);
}

std::string Sealer::seal_comparable(const base::Secret<std::string>& secret,
                                    std::string_view purpose) const {
    // A key of its own: what the sealing key encrypts with must not be what names the nonce.
    const Sha256 key = hmac_sha256(m_keys.front().key.reveal(), "nonce");
    std::string named(purpose);
    named += '\0';
    named += secret.reveal();
    const Sha256 digest = hmac_sha256(key, named);
    Nonce nonce;
    std::ranges::copy(std::span(digest).first(nonce.size()), nonce.begin());
    return seal_with(nonce, secret, purpose);
}

std::string Sealer::seal_with(const Nonce& nonce, const base::Secret<std::string>& secret,
                              std::string_view purpose) const {
    const SealingKey& key = m_keys.front();
    const auto text = base::bytes_of(secret.reveal());
    const auto aad = base::bytes_of(purpose);
    std::vector<std::byte> sealed(nonce_length + text.size() + tag_length);
    std::ranges::copy(nonce, sealed.begin());
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        data_of(std::span(sealed).subspan(nonce_length)), nullptr, data_of(text), text.size(),
        data_of(aad), aad.size(), nullptr, data_of(std::span<const std::byte>(nonce)),
        data_of(key.key.reveal()));
    return std::string(prefix) + key.id + '.' + base::to_base64url(sealed);
}

std::optional<base::Secret<std::string>> Sealer::open(std::string_view sealed,
                                                      std::string_view purpose) const {
    if (!sealed.starts_with(prefix)) return std::nullopt;
    sealed.remove_prefix(prefix.size());
    if (sealed.size() <= id_length || sealed[id_length] != '.') return std::nullopt;
    const std::string_view id = sealed.substr(0, id_length);
    const auto bytes = base::parse_base64url(sealed.substr(id_length + 1));
    if (!bytes || bytes->size() < nonce_length + tag_length) return std::nullopt;
    for (const SealingKey& key : m_keys) {
        // An id is short: two keys may share one, so each is tried.
        if (key.id != id) continue;
        if (auto text = open_with(key, *bytes, purpose)) return base::Secret(std::move(*text));
    }
    return std::nullopt;
}

}  // namespace muster::crypto
