// What an authenticator app scans: the otpauth URI of a secret, and its picture.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace muster::api {

/// `key`: base32. `issuer` and `account` are what the app shows.
base::Secret<std::string> totp_uri(std::string_view issuer, std::string_view account,
                                   const base::Secret<std::string>& key);

/// An SVG image of the QR code. Empty: the text is too long for one.
std::string qr_svg(const std::string& text);

}  // namespace muster::api
