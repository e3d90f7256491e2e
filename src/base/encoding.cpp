// Bytes as text and back, and checks of text.
// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.hpp"

#include <array>
#include <cstdint>

namespace muster::base {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view upper_hex_digits = "0123456789ABCDEF";
constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Value of each character as a digit; -1: not a digit.
using DigitValues = std::array<std::int16_t, 256>;

constexpr DigitValues values_of(std::string_view digits) {
    DigitValues values;
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int16_t>(i);
    }
    return values;
}

constexpr DigitValues hex_values = [] {
    DigitValues values = values_of(hex_digits);
    for (std::size_t i = 10; i < 16; ++i) {
        values[static_cast<unsigned char>(upper_hex_digits[i])] = static_cast<std::int16_t>(i);
    }
    return values;
}();
constexpr DigitValues base64url_values = values_of(base64url_digits);

int hex_value(char c) {
    return hex_values[static_cast<unsigned char>(c)];
}

/// Digits of `bits` bits each, the first bits first; the last digit is filled up with zeros.
std::string to_digits(std::span<const std::byte> bytes, std::string_view digits, unsigned bits) {
    std::string text;
    text.reserve((bytes.size() * 8 + bits - 1) / bits);
    const std::uint32_t mask = (1U << bits) - 1;
    std::uint32_t held = 0;
    unsigned held_bits = 0;
    for (const std::byte byte : bytes) {
        held = held << 8 | std::to_integer<std::uint32_t>(byte);
        held_bits += 8;
        while (held_bits >= bits) {
            held_bits -= bits;
            text += digits[held >> held_bits & mask];
        }
    }
    if (held_bits > 0) text += digits[held << (bits - held_bits) & mask];
    return text;
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

bool is_form_literal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*' ||
           c == '-' || c == '.' || c == '_';
}

}  // namespace

std::string to_hex(std::span<const std::byte> bytes) {
    return to_digits(bytes, hex_digits, 4);
}

std::optional<std::vector<std::byte>> parse_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::byte> bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(high << 4 | low));
    }
    return bytes;
}

std::string to_base64(std::span<const std::byte> bytes) {
    std::string text = to_digits(bytes, base64_digits, 6);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::string to_base64url(std::span<const std::byte> bytes) {
    return to_digits(bytes, base64url_digits, 6);
}

std::optional<std::vector<std::byte>> parse_base64url(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::vector<std::byte> bytes;
    bytes.reserve(text.size() * 6 / 8);
    std::uint32_t held = 0;
    unsigned held_bits = 0;
    for (const char c : text) {
        const int value = base64url_values[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        held = held << 6 | static_cast<std::uint32_t>(value);
        held_bits += 6;
        if (held_bits >= 8) {
            held_bits -= 8;
            bytes.push_back(static_cast<std::byte>(held >> held_bits));
        }
    }
    if ((held & ((1U << held_bits) - 1)) != 0) return std::nullopt;
    return bytes;
}

std::string to_base32(std::span<const std::byte> bytes) {
    return to_digits(bytes, base32_digits, 5);
}

std::optional<std::string> decode_form(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            decoded += static_cast<char>(high << 4 | low);
            i += 2;
        }
    }
    return decoded;
}

std::string encode_form(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (is_form_literal(c)) {
            encoded += c;
        } else if (c == ' ') {
            encoded += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += {'%', upper_hex_digits[byte >> 4], upper_hex_digits[byte & 0xfU]};
        }
    }
    return encoded;
}

std::size_t utf8_front(std::string_view text) {
    if (text.empty()) return 0;
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) return 0;
    }
    // The second byte's range shuts out overlong forms, surrogates, and what lies past U+10FFFF.
    const auto second = static_cast<unsigned char>(text[1]);
    const bool is_bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return is_bad ? 0 : length;
}

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_front(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::size_t code_point_count(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += is_continuation(c) ? 0 : 1;
    return count;
}

bool has_control_characters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) return true;
        const bool is_c1 =
            byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (is_c1) return true;
    }
    return false;
}

}  // namespace muster::base
