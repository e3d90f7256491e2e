// Secrets at rest: XChaCha20-Poly1305 (libsodium) with a key from the configuration. The key's id
// is stored with each value, so keys can be rotated online.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/secret.hpp"

namespace muster::crypto {

struct SealingKey {
    std::string id;  ///< first 8 hex digits of the key's SHA-256
    base::Secret<std::array<std::byte, 32>> key;
};

SealingKey make_sealing_key(base::Random& random);
/// The file form: one line of 64 hex digits. Empty: not that.
std::optional<SealingKey> parse_sealing_key(std::string_view text);
/// With the line's end.
std::string to_text(const SealingKey& key);  ///< for the key file only

class Sealer {
public:
    /// Seals with `keys.front()`, opens with any of them. `random` must outlive the sealer. Throws
    /// std::invalid_argument without a key.
    Sealer(std::vector<SealingKey> keys, base::Random& random);

    /// "sealed.v1.<key id>.<base64url>". `purpose` (table and column) is authenticated: a value
    /// moved to another column does not open.
    std::string seal(const base::Secret<std::string>& secret, std::string_view purpose) const;
    /// The same, but equal secrets for one purpose give equal texts, so that a unique constraint
    /// sees them: the nonce is made from the secret (a synthetic IV, RFC 8452 section 1).
    std::string seal_comparable(const base::Secret<std::string>& secret,
                                std::string_view purpose) const;
    /// Empty: unknown key id, changed text, or another purpose.
    std::optional<base::Secret<std::string>> open(std::string_view sealed,
                                                  std::string_view purpose) const;

private:
    using Nonce = std::array<std::byte, 24>;
    std::string seal_with(const Nonce& nonce, const base::Secret<std::string>& secret,
                          std::string_view purpose) const;

    std::vector<SealingKey> m_keys;
    base::Random& m_random;
};

}  // namespace muster::crypto
