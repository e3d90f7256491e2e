// API keys that are no JWTs: sb_publishable_... and sb_secret_..., opaque, found by their digest.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"

namespace muster::crypto {

enum class ApiKeyKind { publishable, secret };

/// What such keys begin with; whatever begins so is never read as a JWT.
inline constexpr std::string_view api_key_prefix = "sb_";

/// The prefix, 22 random characters of base64url (132 bits), "_", and 8 that check the rest.
base::Secret<std::string> make_api_key(ApiKeyKind kind, base::Random& random);

/// Formed as make_api_key forms them, the check included: a typing error need not reach the
/// database.
bool is_api_key(std::string_view text);

}  // namespace muster::crypto
