// muster_parts: what the parts of one request cost. None of it touches a socket or a disk.
// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "api/functions/enrollment_input.hpp"
#include "api/json_body.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/trust.hpp"
#include "crypto/jwt.hpp"
#include "crypto/sealed.hpp"
#include "crypto/tokens.hpp"

namespace {

using namespace muster;

core::Timestamp time_now() {
    return base::SystemClock().now();
}

crypto::JwtKey make_key(crypto::JwtAlgorithm algorithm) {
    if (algorithm == crypto::JwtAlgorithm::es256) return crypto::JwtKey::generate_es256();
    return crypto::JwtKey::from_shared_secret(base::Secret(std::string(32, 's'))).value();
}

void verify_jwt(benchmark::State& state, crypto::JwtAlgorithm algorithm) {
    const crypto::JwtKey key = make_key(algorithm);
    const crypto::JwtVerifier verifier({key});
    const core::Timestamp now = time_now();
    const std::string token = key.sign({{"sub", "00000000-0000-7000-8000-000000000001"},
                                        {"role", "authenticated"},
                                        {"aud", "authenticated"},
                                        {"exp", core::to_unix_seconds(now) + 3'600}});
    for (auto _ : state) {
        const auto claims = verifier.verify(token, now);
        if (!claims) state.SkipWithError("refused");
    }
}
BENCHMARK_CAPTURE(verify_jwt, hs256, crypto::JwtAlgorithm::hs256);
BENCHMARK_CAPTURE(verify_jwt, es256, crypto::JwtAlgorithm::es256);

void make_enrollment_token(benchmark::State& state) {
    base::SystemRandom random;
    for (auto _ : state) benchmark::DoNotOptimize(crypto::make_enrollment_token(random));
}
BENCHMARK(make_enrollment_token);

void digest_token(benchmark::State& state) {
    base::SystemRandom random;
    const crypto::EnrollmentToken token = crypto::make_enrollment_token(random);
    for (auto _ : state) benchmark::DoNotOptimize(crypto::token_digest(token.text.reveal()));
}
BENCHMARK(digest_token);

void seal(benchmark::State& state) {
    base::SystemRandom random;
    const crypto::Sealer sealer({crypto::make_sealing_key(random)}, random);
    const base::Secret secret(std::string(60, 'k'));
    for (auto _ : state) benchmark::DoNotOptimize(sealer.seal(secret, "bench"));
}
BENCHMARK(seal);

void open_sealed(benchmark::State& state) {
    base::SystemRandom random;
    const crypto::Sealer sealer({crypto::make_sealing_key(random)}, random);
    const std::string sealed = sealer.seal(base::Secret(std::string(60, 'k')), "bench");
    for (auto _ : state) {
        if (!sealer.open(sealed, "bench")) state.SkipWithError("refused");
    }
}
BENCHMARK(open_sealed);

void derive_trust(benchmark::State& state) {
    const core::Timestamp now = time_now();
    const core::TrustRecord record{
        .evidence = {{core::EvidenceKind::fingerprint, core::Provenance::claimed, now, "verify"},
                     {core::EvidenceKind::network_connection, core::Provenance::seen, now,
                      "simulated"}},
        .pin = {}};
    const core::TrustPolicy policy;
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            core::derive_trust(core::DeviceStatus::active, record, policy, now));
    }
}
BENCHMARK(derive_trust);

void read_verify_request(benchmark::State& state) {
    const std::string body =
        R"({"action":"verify","enrollment_token":"muster-abcdefghijklmnopqrstuvwxyz234567",)"
        R"("fingerprint":"3f0f3a1e9b6f4c0d8a7e5b2c1d0f9e8a3f0f3a1e9b6f4c0d8a7e5b2c1d0f9e8a",)"
        R"("device_type":"laptop","device_name":"Ana's laptop","os":"Debian 12"})";
    for (auto _ : state) {
        const auto object = api::parse_json_body(body);
        if (!object || !api::read_enrollment_input(*object)) state.SkipWithError("refused");
    }
}
BENCHMARK(read_verify_request);

}  // namespace

BENCHMARK_MAIN();
