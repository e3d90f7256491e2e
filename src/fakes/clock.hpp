// A clock that tests turn by hand.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "base/clock.hpp"
#include "core/timestamp.hpp"

namespace muster::fakes {

/// Starts at 2026-11-23T10:00:00Z. Any thread.
class FakeClock final : public base::Clock {
public:
    core::Timestamp now() const override {
        return core::Timestamp(std::chrono::microseconds(m_microseconds.load()));
    }
    void set(core::Timestamp at) { m_microseconds = at.time_since_epoch().count(); }
    void advance(std::chrono::microseconds by) { m_microseconds += by.count(); }

private:
    std::atomic<std::int64_t> m_microseconds{1'795'428'000'000'000};
};

}  // namespace muster::fakes
