// Enrolment tokens: what a link or QR code carries. Only the SHA-256 is ever stored.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"

namespace muster::crypto {

struct EnrollmentToken {
    base::Secret<std::string> text;  ///< "muster-" and 32 characters of base32: 160 random bits
    std::string digest;  ///< SHA-256 of the text, hex: what devices.enrollment_token keeps
};

EnrollmentToken make_enrollment_token(base::Random& random);

/// What the column keeps for a token that somebody shows.
std::string token_digest(std::string_view token);

}  // namespace muster::crypto
