// Randomness that is the same in every run.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <random>

#include "base/random.hpp"

namespace muster::fakes {

class FakeRandom final : public base::Random {
public:
    explicit FakeRandom(std::uint64_t seed = 1) : m_engine(seed) {}
    void fill(std::span<std::byte> out) override {
        const std::lock_guard lock(m_mutex);
        for (std::byte& byte : out) byte = static_cast<std::byte>(m_engine());
    }

    /// As if made anew with that seed.
    void restart(std::uint64_t seed) {
        const std::lock_guard lock(m_mutex);
        m_engine.seed(seed);
    }

private:
    std::mutex m_mutex;
    std::mt19937_64 m_engine;
};

}  // namespace muster::fakes
