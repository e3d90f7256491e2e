// Password hashes: argon2id in PHC string form (RFC 9106, through libsodium), and bcrypt of
// accounts that come from elsewhere. Slow on purpose: run on a pool of its own, never on an I/O or
// storage thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/secret.hpp"

namespace muster::crypto {

/// What one hash costs. The default is OWASP's minimum for argon2id: 19 MiB, 2 passes (17 ms here).
struct PasswordCost {
    std::size_t memory_bytes = std::size_t{19} * 1024 * 1024;
    unsigned passes = 2;
};

/// Throws std::bad_alloc when there is no memory for it, std::invalid_argument for a cost below
/// 8 KiB or 1 pass.
std::string hash_password(const base::Secret<std::string>& password, const PasswordCost& cost);

/// Upper bounds of argon2id hashes that were made elsewhere.
inline constexpr unsigned foreign_memory_kib_max = 64 * 1024;
inline constexpr unsigned foreign_passes_max = 10;

/// A hash made elsewhere that verify_password() can check without undue cost: argon2id within the
/// bounds above, or bcrypt within its own.
bool is_password_hash(const std::string& hash);

/// The hash is of a kind that is not made here: replace it when the password is known.
bool is_foreign_hash(const std::string& hash);

/// False also for a malformed hash. Costs what the hash says. Throws std::bad_alloc when there is
/// no memory for that.
bool verify_password(const base::Secret<std::string>& password, const std::string& hash);

/// A hash that no password matches, at the given cost: verified for unknown accounts, so that they
/// take as long to refuse as known ones. Made at the first call for a cost, then kept. Any thread.
const std::string& unmatchable_hash(const PasswordCost& cost);

}  // namespace muster::crypto
