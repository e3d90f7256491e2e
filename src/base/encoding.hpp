// Bytes as text and back, and checks of text.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muster::base {

std::string to_hex(std::span<const std::byte> bytes);  ///< lower case
std::optional<std::vector<std::byte>> parse_hex(std::string_view text);

/// RFC 4648 section 4, padded: what MIME uses (RFC 2045 section 6.8).
std::string to_base64(std::span<const std::byte> bytes);

/// RFC 4648 section 5, without padding: what JWS uses (RFC 7515 section 2).
std::string to_base64url(std::span<const std::byte> bytes);
/// Strict: no padding, no white space, no stray bits in the last character.
std::optional<std::vector<std::byte>> parse_base64url(std::string_view text);

/// RFC 4648 section 6, lower case, without padding: for codes that people may type.
std::string to_base32(std::span<const std::byte> bytes);

/// application/x-www-form-urlencoded: "%41+b" is "A b". Empty: a broken % sequence.
std::optional<std::string> decode_form(std::string_view text);
std::string encode_form(std::string_view text);

/// Bytes of the code point that `text` begins with; 0: none, or not valid UTF-8.
std::size_t utf8_front(std::string_view text);
bool is_valid_utf8(std::string_view text);
/// Unicode code points; `text` must be valid UTF-8.
std::size_t code_point_count(std::string_view text);
/// C0, DEL or C1 control characters; `text` must be valid UTF-8.
bool has_control_characters(std::string_view text);

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace muster::base
