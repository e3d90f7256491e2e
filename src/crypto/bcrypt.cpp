// The system's crypt(), for bcrypt alone.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt.hpp"

#include <algorithm>
#include <memory>

#include <crypt.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::crypto {

namespace {

constexpr std::size_t hash_length = 60;
constexpr std::size_t prefix_length = 7;  // "$2b$10$"

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_text_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
}

}  // namespace

bool is_bcrypt_hash(std::string_view hash) {
    if (hash.size() != hash_length) return false;
    const bool is_known =
        hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
    if (!is_known || !is_digit(hash[4]) || !is_digit(hash[5]) || hash[6] != '$') return false;
    const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
    return cost >= 4 && cost <= bcrypt_cost_max &&
           std::ranges::all_of(hash.substr(prefix_length), is_text_character);
}

bool verify_bcrypt(const base::Secret<std::string>& password, const std::string& hash) {
    // crypt() reads up to the first NUL: what follows one would be believed unread.
    const std::string& text = password.reveal();
    if (!is_bcrypt_hash(hash) || text.find('\0') != std::string::npos) return false;
    const auto workspace = std::make_unique<crypt_data>();
    const char* const made = ::crypt_r(text.c_str(), hash.c_str(), workspace.get());
    return made != nullptr && equal_in_constant_time(base::bytes_of(made), base::bytes_of(hash));
}

}  // namespace muster::crypto
