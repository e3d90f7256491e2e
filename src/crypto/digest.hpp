// Hashes and constant-time comparison.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace muster::crypto {

using Sha256 = std::array<std::byte, 32>;

Sha256 sha256(std::string_view data);
std::string sha256_hex(std::string_view data);
Sha256 hmac_sha256(std::span<const std::byte> key, std::string_view data);
/// Takes the same time wherever the two differ; false at once on different lengths.
bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b);

}  // namespace muster::crypto
