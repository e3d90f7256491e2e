// bcrypt hashes of passwords that come from elsewhere: checked, never made. Called by
// crypto/passwords.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace muster::crypto {

/// About a second of work; each step above doubles it.
inline constexpr int bcrypt_cost_max = 14;

/// $2a$, $2b$ or $2y$, of cost 4 to bcrypt_cost_max.
bool is_bcrypt_hash(std::string_view hash);

/// False also for what is no such hash. As everywhere, 72 bytes of the password count.
bool verify_bcrypt(const base::Secret<std::string>& password, const std::string& hash);

}  // namespace muster::crypto
