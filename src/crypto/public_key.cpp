// Public keys, by OpenSSL.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/public_key.hpp"

#include <stdexcept>

#include <openssl/err.h>

namespace muster::crypto {
namespace {

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

bool is_sound(EVP_PKEY* key) {
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), &EVP_PKEY_CTX_free);
    return context != nullptr && EVP_PKEY_public_check(context.get()) == 1;
}

}  // namespace

KeyPair make_public_key(const char* type, OSSL_PARAM* parameters) {
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr),
                             &EVP_PKEY_CTX_free);
    EVP_PKEY* raw = nullptr;
    const bool is_made =
        context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, parameters) == 1;
    KeyPair key(raw, &EVP_PKEY_free);
    if (!is_made || !is_sound(key.get())) key.reset();
    ERR_clear_error();  // TLS on this thread would take a left-over for its own
    return key;
}

bool verify_sha256(EVP_PKEY* key, std::string_view data, std::span<const unsigned char> signature) {
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (context == nullptr || EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr,
                                                      nullptr, key, nullptr) != 1) {
        ERR_clear_error();
        throw std::runtime_error("OpenSSL: a signature cannot be verified");
    }
    const auto* const bytes = reinterpret_cast<const unsigned char*>(data.data());
    const int state =
        EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes, data.size());
    if (state != 1) ERR_clear_error();
    return state == 1;
}

}  // namespace muster::crypto
