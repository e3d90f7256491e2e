// The time of day, as an argument: everything that needs it is handed a Clock.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace muster::base {

class Clock {
public:
    virtual ~Clock() = default;
    /// UTC. Any thread.
    virtual std::chrono::sys_time<std::chrono::microseconds> now() const = 0;
};

class SystemClock final : public Clock {
public:
    std::chrono::sys_time<std::chrono::microseconds> now() const override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(
            std::chrono::system_clock::now());
    }
};

}  // namespace muster::base
