// The time and the words of an enrolment under way, as those who join a network need them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

namespace muster::agent {

struct Pace {
    std::function<void(const std::string&)> tell;  ///< one line for people; a repeated one is free
    std::function<void(std::chrono::milliseconds)> wait;
    std::function<std::chrono::steady_clock::time_point()> now;
    std::chrono::steady_clock::time_point deadline;

    /// Not below zero.
    std::chrono::milliseconds left() const {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now());
        return std::max(left, std::chrono::milliseconds(0));
    }
    /// False: the time is up. Waits at most what is left of it.
    bool pause(std::chrono::milliseconds wanted) const {
        const std::chrono::milliseconds rest = left();
        if (rest <= std::chrono::milliseconds(0)) return false;
        wait(std::min(wanted, rest));
        return true;
    }
};

}  // namespace muster::agent
