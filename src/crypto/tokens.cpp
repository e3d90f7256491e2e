// Enrolment tokens.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/tokens.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::crypto {

EnrollmentToken make_enrollment_token(base::Random& random) {
    std::array<std::byte, 20> bits;
    random.fill(bits);
    std::string text = "muster-" + base::to_base32(bits);
    std::string digest = token_digest(text);
    return {base::Secret(std::move(text)), std::move(digest)};
}

std::string token_digest(std::string_view token) {
    return sha256_hex(token);
}

}  // namespace muster::crypto
