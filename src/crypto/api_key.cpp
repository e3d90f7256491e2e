// API keys that are no JWTs.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/api_key.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::crypto {
namespace {

constexpr std::size_t random_length = 22;
constexpr std::size_t check_length = 8;

std::string_view prefix_of(ApiKeyKind kind) {
    return kind == ApiKeyKind::secret ? "sb_secret_" : "sb_publishable_";
}

std::string check_of(std::string_view text) {
    return base::to_base64url(sha256(text)).substr(0, check_length);
}

}  // namespace

base::Secret<std::string> make_api_key(ApiKeyKind kind, base::Random& random) {
    std::array<std::byte, 17> bits;  // 23 characters: one more than is taken
    random.fill(bits);
    std::string text(prefix_of(kind));
    text += base::to_base64url(bits).substr(0, random_length);
    const std::string check = check_of(text);
    text += '_';
    text += check;
    return base::Secret(std::move(text));
}

bool is_api_key(std::string_view text) {
    for (const ApiKeyKind kind : {ApiKeyKind::publishable, ApiKeyKind::secret}) {
        const std::string_view prefix = prefix_of(kind);
        if (!text.starts_with(prefix)) continue;
        const std::size_t checked = prefix.size() + random_length;
        return text.size() == checked + 1 + check_length && text[checked] == '_' &&
               text.substr(checked + 1) == check_of(text.substr(0, checked));
    }
    return false;
}

}  // namespace muster::crypto
