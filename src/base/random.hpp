// Randomness and identifiers, as an argument: tests hand over a seeded source.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace muster::base {

class Random {
public:
    virtual ~Random() = default;
    /// Fills `out` with unpredictable bytes. Any thread. Stops the program if the system has none.
    virtual void fill(std::span<std::byte> out) = 0;
};

/// getrandom(2), through a small buffer per thread.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override;
};

/// A version 7 UUID (RFC 9562 section 5.7), lower case. Sorts by `at` to the microsecond: rand_a
/// holds the fraction of the millisecond (section 6.2, method 3); 62 random bits.
std::string make_uuid(Random& random, std::chrono::sys_time<std::chrono::microseconds> at);

/// True for the 36-character form, upper or lower case.
bool is_uuid(std::string_view text);

}  // namespace muster::base
