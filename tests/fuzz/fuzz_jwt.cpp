// Fuzzes the reading of JSON Web Tokens. The keys are made anew in each run, so nothing that the
// fuzzer makes up is signed with them: every token must be refused. Then one that is signed, with
// the input in its claims, must be believed, and refused once a byte of it is changed.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "crypto/jwt.hpp"
#include "fuzz/property.hpp"
#include "fuzz/target.hpp"

namespace {

using muster::fuzz::require;
namespace base = muster::base;
namespace crypto = muster::crypto;

constexpr std::chrono::sys_time<std::chrono::microseconds> now{std::chrono::seconds(1'800'000'000)};

struct Keys {
    base::SystemRandom random;
    crypto::JwtKey es256 = crypto::JwtKey::generate_es256();
    crypto::JwtKey hs256 = make_hs256();
    crypto::JwtVerifier verifier{{es256, hs256}};

    crypto::JwtKey make_hs256() {
        std::string secret(32, '\0');
        random.fill(std::as_writable_bytes(std::span(secret)));
        return *crypto::JwtKey::from_shared_secret(base::Secret<std::string>(secret));
    }
};

Keys& keys() {
    static Keys made;
    return made;
}

/// As it is, and with a header that names our algorithms and key: so that the fuzzer gets past
/// them.
void check_unsigned(std::string_view token) {
    const auto& verifier = keys().verifier;
    require(!verifier.verify(token, now), "a token that nobody signed is refused");
    for (const std::string& header :
         {std::string(R"({"alg":"HS256","typ":"JWT"})"),
          R"({"alg":"ES256","typ":"JWT","kid":")" + keys().es256.id() + "\"}"}) {
        const std::string dressed =
            base::to_base64url(base::bytes_of(header)) + "." + std::string(token);
        require(!verifier.verify(dressed, now), "nor with a good header before it");
    }
}

void check_signed(std::string_view bytes) {
    const auto until = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    const boost::json::object claims{{"sub", base::to_hex(base::bytes_of(bytes))},
                                     {"exp", until.count() + 60}};
    std::string token = keys().hs256.sign(claims);
    const auto believed = keys().verifier.verify(token, now);
    if (token.size() > crypto::jwt_length_max) {
        require(!believed, "a token beyond the limit is refused");
        return;
    }
    require(believed.has_value() && *believed == claims, "a signed token gives its claims");
    const std::size_t at = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]) % token.size();
    token[at] = token[at] == 'A' ? 'B' : 'A';
    require(!keys().verifier.verify(token, now), "a signed token that was changed is refused");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_unsigned(bytes);
    check_signed(bytes);
    return 0;
}
