// Keys and codings that the tests of crypto/ share: the P-256 key that RFC 7515 A.3 prints.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "base/encoding.hpp"

namespace muster::crypto {

inline constexpr std::string_view rfc_x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
inline constexpr std::string_view rfc_y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
inline constexpr std::string_view rfc_d = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";

inline std::string decoded(std::string_view text) {
    const auto bytes = base::parse_base64url(text).value();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string encoded(std::string_view text) {
    return base::to_base64url(base::bytes_of(text));
}

inline std::string bytes_of_hex(std::string_view text) {
    const auto bytes = base::parse_hex(text).value();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string pem_of(const std::string& der) {
    std::string text(der.size() * 2, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       reinterpret_cast<const unsigned char*>(der.data()),
                                       static_cast<int>(der.size()));
    text.resize(static_cast<std::size_t>(length));
    std::string pem = "-----BEGIN PRIVATE KEY-----\n";
    for (std::size_t i = 0; i < text.size(); i += 64) pem += text.substr(i, 64) + "\n";
    return pem + "-----END PRIVATE KEY-----\n";
}

/// PKCS #8 of a P-256 key: RFC 5208 around RFC 5915.
inline std::string pem_of(std::string_view d, std::string_view x, std::string_view y) {
    return pem_of(bytes_of_hex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b"
                               "0201010420") +
                  decoded(d) + bytes_of_hex("a14403420004") + decoded(x) + decoded(y));
}

}  // namespace muster::crypto
