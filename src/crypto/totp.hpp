// Time-based one-time passwords (RFC 6238), as authenticator apps make them: HMAC-SHA1, six digits,
// a new one every 30 seconds.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace muster::crypto {

inline constexpr std::chrono::seconds totp_period{30};
inline constexpr std::size_t totp_key_bytes = 20;  ///< HMAC-SHA1's own length (RFC 4226 section 4)
/// A code is good for one period more on both sides: clocks differ, and people type slowly.
inline constexpr std::int64_t totp_steps_beside = 1;

/// The period that a point in time lies in.
std::int64_t totp_step(std::chrono::sys_time<std::chrono::microseconds> at);

/// Six digits. Throws std::runtime_error if OpenSSL fails.
std::string totp_code(std::span<const std::byte> key, std::int64_t step);

/// The period around `now` whose code this is, later than `last_used`: a code is good once. Takes
/// the same time whatever the code is.
std::optional<std::int64_t> find_totp_step(std::span<const std::byte> key, std::string_view code,
                                           std::int64_t now, std::int64_t last_used);

}  // namespace muster::crypto
