// Hashes and constant-time comparison.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace muster::crypto {

using Sha256 = std::array<std::byte, 32>;

Sha256 sha256(std::string_view data);
std::string sha256_hex(std::string_view data);
/// Throws std::runtime_error if OpenSSL fails, as everything here does.
Sha256 hmac_sha256(std::span<const std::byte> key, std::string_view data);

/// hmac_sha256 with the key's part of the work done once. Copies share it. Any thread.
class HmacKey {
public:
    explicit HmacKey(std::span<const std::byte> key);
    Sha256 sign(std::string_view data) const;

private:
    struct Impl;
    std::shared_ptr<const Impl> m_impl;
};

/// Takes the same time wherever the two differ; false at once on different lengths.
bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b);

}  // namespace muster::crypto
