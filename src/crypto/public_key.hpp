// Public keys of others in OpenSSL's terms: what es256 and rs256 share.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/params.h>

namespace muster::crypto {

using KeyPair = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// `type`: "EC" or "RSA". Empty: the parameters make no key that can be.
KeyPair make_public_key(const char* type, OSSL_PARAM* parameters);

/// By SHA-256 and the key's usual scheme. Throws std::runtime_error if OpenSSL fails.
bool verify_sha256(EVP_PKEY* key, std::string_view data, std::span<const unsigned char> signature);

}  // namespace muster::crypto
