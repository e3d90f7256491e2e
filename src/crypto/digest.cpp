// Hashes and constant-time comparison, by OpenSSL.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include <stdexcept>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/encoding.hpp"

namespace muster::crypto {
namespace {

using MacContext = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

void require(bool is_done) {
    if (!is_done) throw std::runtime_error("OpenSSL: a digest failed");
}

/// Fetched once and kept: a fetch costs more than the hash of a token.
const EVP_MD* sha256_algorithm() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    require(algorithm != nullptr);
    return algorithm;
}

EVP_MAC* hmac_algorithm() {
    static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    require(algorithm != nullptr);
    return algorithm;
}

const unsigned char* data_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Sha256 sha256(std::string_view data) {
    Sha256 digest;
    require(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()),
                       nullptr, sha256_algorithm(), nullptr) == 1);
    return digest;
}

std::string sha256_hex(std::string_view data) {
    return base::to_hex(sha256(data));
}

struct HmacKey::Impl {
    MacContext keyed{EVP_MAC_CTX_new(hmac_algorithm()), &EVP_MAC_CTX_free};
};

HmacKey::HmacKey(std::span<const std::byte> key) {
    // OpenSSL takes a null pointer for "no key given"; an empty key is a key.
    static const unsigned char empty_key = 0;
    const auto* data =
        key.empty() ? &empty_key : reinterpret_cast<const unsigned char*>(key.data());
    char digest_name[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
        OSSL_PARAM_construct_end(),
    };
    auto impl = std::make_shared<Impl>();
    require(impl->keyed != nullptr);
    require(EVP_MAC_init(impl->keyed.get(), data, key.size(), parameters) == 1);
    m_impl = std::move(impl);
}

Sha256 HmacKey::sign(std::string_view data) const {
    const MacContext context(EVP_MAC_CTX_dup(m_impl->keyed.get()), &EVP_MAC_CTX_free);
    require(context != nullptr);
    Sha256 digest;
    std::size_t length = 0;
    require(EVP_MAC_update(context.get(), data_of(data), data.size()) == 1);
    require(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &length,
                          digest.size()) == 1);
    return digest;
}

Sha256 hmac_sha256(std::span<const std::byte> key, std::string_view data) {
    return HmacKey(key).sign(data);
}

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
    if (a.size() != b.size()) return false;
    return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace muster::crypto
