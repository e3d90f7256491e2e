// RFC 6238 over RFC 4226, by OpenSSL's HMAC.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/totp.hpp"

#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::crypto {
namespace {

constexpr std::uint32_t code_end = 1'000'000;

using Sha1 = std::array<unsigned char, 20>;

Sha1 hmac_sha1(std::span<const std::byte> key, std::span<const unsigned char> data) {
    Sha1 digest{};
    std::size_t length = 0;
    const void* const made =
        EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA1", nullptr, key.data(), key.size(), data.data(),
                  data.size(), digest.data(), digest.size(), &length);
    if (made == nullptr || length != digest.size()) {
        throw std::runtime_error("OpenSSL: HMAC-SHA1 failed");
    }
    return digest;
}

}  // namespace

std::int64_t totp_step(std::chrono::sys_time<std::chrono::microseconds> at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch() / totp_period;
}

std::string totp_code(std::span<const std::byte> key, std::int64_t step) {
    std::array<unsigned char, 8> counter{};
    for (std::size_t i = 0; i < counter.size(); ++i) {
        counter[i] = static_cast<unsigned char>(step >> (8 * (counter.size() - 1 - i)) & 0xff);
    }
    const Sha1 digest = hmac_sha1(key, counter);
    const std::size_t offset = digest.back() & 0xfU;  // dynamic truncation: RFC 4226 section 5.3
    std::uint32_t number = digest[offset] & 0x7fU;
    for (std::size_t i = 1; i < 4; ++i) number = number << 8 | digest[offset + i];
    return fmt::format("{:06}", number % code_end);
}

std::optional<std::int64_t> find_totp_step(std::span<const std::byte> key, std::string_view code,
                                           std::int64_t now, std::int64_t last_used) {
    std::optional<std::int64_t> found;
    for (std::int64_t step = now - totp_steps_beside; step <= now + totp_steps_beside; ++step) {
        const std::string expected = totp_code(key, step);
        const bool is_it = equal_in_constant_time(base::bytes_of(expected), base::bytes_of(code));
        if (is_it && step > last_used) found = step;
    }
    return found;
}

}  // namespace muster::crypto
