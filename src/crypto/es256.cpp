// ECDSA with P-256 and SHA-256, by OpenSSL.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/es256.hpp"

#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/encoding.hpp"
#include "crypto/public_key.hpp"

namespace muster::crypto {
namespace {

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Signature = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;

constexpr int half_length = 32;

void require(bool is_done) {
    if (is_done) return;
    ERR_clear_error();  // TLS on this thread would take a left-over for its own
    throw std::runtime_error("OpenSSL: ES256 failed");
}

const unsigned char* data_of(std::span<const std::byte> bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool is_p256(EVP_PKEY* key) {
    char group[32] = {};
    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
           std::string_view(group) == "prime256v1";
}

/// Without it a key whose public half was exchanged would sign what nobody can verify.
bool is_consistent(EVP_PKEY* key) {
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), &EVP_PKEY_CTX_free);
    return context != nullptr && EVP_PKEY_check(context.get()) == 1;
}

std::string coordinate(EVP_PKEY* key, const char* name) {
    BIGNUM* raw = nullptr;
    require(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
    const Number number(raw, &BN_free);
    std::array<std::byte, half_length> bytes;
    require(BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                         half_length) == half_length);
    return base::to_base64url(bytes);
}

/// Refuses a password instead of asking the terminal for it.
int no_password(char*, int, int, void*) {
    return -1;
}

Es256Signature to_raw(std::span<const unsigned char> der) {
    const unsigned char* next = der.data();
    const Signature parsed(d2i_ECDSA_SIG(nullptr, &next, static_cast<long>(der.size())),
                           &ECDSA_SIG_free);
    require(parsed != nullptr);
    Es256Signature raw;
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    require(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out, half_length) == half_length);
    require(BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out + half_length, half_length) ==
            half_length);
    return raw;
}

std::vector<unsigned char> to_der(std::span<const std::byte> raw) {
    const Signature signature(ECDSA_SIG_new(), &ECDSA_SIG_free);
    Number r(BN_bin2bn(data_of(raw), half_length, nullptr), &BN_free);
    Number s(BN_bin2bn(data_of(raw) + half_length, half_length, nullptr), &BN_free);
    require(signature != nullptr && r != nullptr && s != nullptr);
    require(ECDSA_SIG_set0(signature.get(), r.get(), s.get()) == 1);
    std::ignore = r.release();  // the signature owns them now
    std::ignore = s.release();
    const int length = i2d_ECDSA_SIG(signature.get(), nullptr);
    require(length > 0);
    std::vector<unsigned char> der(static_cast<std::size_t>(length));
    unsigned char* next = der.data();
    require(i2d_ECDSA_SIG(signature.get(), &next) == length);
    return der;
}

}  // namespace

struct Es256Key::Pair {
    KeyPair key;
};

Es256Key::Es256Key(std::shared_ptr<const Pair> pair, bool is_whole)
    : m_pair(std::move(pair)),
      m_is_whole(is_whole),
      m_x(coordinate(m_pair->key.get(), OSSL_PKEY_PARAM_EC_PUB_X)),
      m_y(coordinate(m_pair->key.get(), OSSL_PKEY_PARAM_EC_PUB_Y)) {}

Es256Key Es256Key::generate() {
    KeyPair key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    require(key != nullptr);
    return Es256Key(std::make_shared<const Pair>(std::move(key)), true);
}

std::optional<Es256Key> Es256Key::parse(const base::Secret<std::string>& pem) {
    const std::string& text = pem.reveal();
    if (text.size() > std::size_t{std::numeric_limits<int>::max()}) return std::nullopt;
    const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
    require(bio != nullptr);
    KeyPair key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr), &EVP_PKEY_free);
    if (key == nullptr || !is_p256(key.get()) || !is_consistent(key.get())) {
        ERR_clear_error();
        return std::nullopt;
    }
    return Es256Key(std::make_shared<const Pair>(std::move(key)), true);
}

std::optional<Es256Key> Es256Key::parse_public(std::string_view x, std::string_view y) {
    const auto x_bytes = base::parse_base64url(x);
    const auto y_bytes = base::parse_base64url(y);
    if (!x_bytes || x_bytes->size() != half_length) return std::nullopt;
    if (!y_bytes || y_bytes->size() != half_length) return std::nullopt;
    std::vector<std::byte> point{std::byte{4}};  // SEC 1 section 2.3.3: not compressed
    point.insert(point.end(), x_bytes->begin(), x_bytes->end());
    point.insert(point.end(), y_bytes->begin(), y_bytes->end());
    char group[] = "prime256v1";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end(),
    };
    KeyPair key = make_public_key("EC", parameters);
    if (key == nullptr) return std::nullopt;
    return Es256Key(std::make_shared<const Pair>(std::move(key)), false);
}

base::Secret<std::string> Es256Key::to_pem() const {
    const Bio bio(BIO_new(BIO_s_secmem()), &BIO_free);
    require(bio != nullptr);
    require(PEM_write_bio_PKCS8PrivateKey(bio.get(), m_pair->key.get(), nullptr, nullptr, 0,
                                          nullptr, nullptr) == 1);
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    require(length > 0);
    return base::Secret(std::string(data, static_cast<std::size_t>(length)));
}

Es256Signature Es256Key::sign(std::string_view data) const {
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    require(context != nullptr);
    require(EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                  m_pair->key.get(), nullptr) == 1);
    std::array<unsigned char, 80> der;  // two 33-byte integers and their heads take 72
    std::size_t length = der.size();
    const auto bytes = base::bytes_of(data);
    require(EVP_DigestSign(context.get(), der.data(), &length, data_of(bytes), bytes.size()) == 1);
    return to_raw(std::span(der).first(length));
}

bool Es256Key::verify(std::string_view data, std::span<const std::byte> signature) const {
    if (signature.size() != std::tuple_size_v<Es256Signature>) return false;
    const std::vector<unsigned char> der = to_der(signature);
    return verify_sha256(m_pair->key.get(), data, der);
}

}  // namespace muster::crypto
