// Chance that a seed repeats on every machine: what the generators of differential tests draw from.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace muster::differential {

class Dice {
public:
    explicit Dice(std::uint64_t seed) : m_engine(seed) {}

    std::uint64_t number() { return m_engine(); }
    /// 0 to count - 1. The distributions of the standard library differ between libraries.
    std::size_t below(std::size_t count) { return count == 0 ? 0 : m_engine() % count; }
    std::size_t between(std::size_t least, std::size_t most) {
        return least + below(most - least + 1);
    }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <class List>
    const auto& pick(const List& list) {
        return list[below(std::size(list))];
    }

private:
    std::mt19937_64 m_engine;
};

}  // namespace muster::differential
