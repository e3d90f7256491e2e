// RS256, by OpenSSL.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/rs256.hpp"

#include <utility>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "base/encoding.hpp"
#include "crypto/public_key.hpp"

namespace muster::crypto {
namespace {

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Parameters = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;

constexpr std::size_t exponent_bytes_max = 4;

const unsigned char* data_of(std::span<const std::byte> bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

Number to_number(const std::vector<std::byte>& bytes) {
    return {BN_bin2bn(data_of(bytes), static_cast<int>(bytes.size()), nullptr), &BN_free};
}

}  // namespace

struct Rs256Key::Half {
    KeyPair key;
};

std::optional<Rs256Key> Rs256Key::parse_public(std::string_view n, std::string_view e) {
    const auto n_bytes = base::parse_base64url(n);
    const auto e_bytes = base::parse_base64url(e);
    if (!n_bytes || n_bytes->size() < rsa_modulus_bytes_min) return std::nullopt;
    if (n_bytes->size() > rsa_modulus_bytes_max || n_bytes->front() == std::byte{0}) {
        return std::nullopt;
    }
    if (!e_bytes || e_bytes->empty() || e_bytes->size() > exponent_bytes_max) return std::nullopt;
    const Number modulus = to_number(*n_bytes);
    const Number exponent = to_number(*e_bytes);
    const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    const bool is_built =
        modulus != nullptr && exponent != nullptr && builder != nullptr &&
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1;
    const Parameters parameters(is_built ? OSSL_PARAM_BLD_to_param(builder.get()) : nullptr,
                                &OSSL_PARAM_free);
    if (parameters == nullptr) return std::nullopt;
    KeyPair key = make_public_key("RSA", parameters.get());
    if (key == nullptr) return std::nullopt;
    return Rs256Key(std::make_shared<const Half>(std::move(key)), n, e);
}

bool Rs256Key::verify(std::string_view data, std::span<const std::byte> signature) const {
    return verify_sha256(m_half->key.get(), data, {data_of(signature), signature.size()});
}

}  // namespace muster::crypto
