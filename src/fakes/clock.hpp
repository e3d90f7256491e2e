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
        return core::Timestamp(std::chrono::microseconds(m_microseconds.fetch_add(m_step)));
    }
    void set(core::Timestamp at) { m_microseconds = at.time_since_epoch().count(); }
    void advance(std::chrono::microseconds by) { m_microseconds += by.count(); }
    /// Time that passes at each look, for what is ordered by time; none at first.
    void set_step(std::chrono::microseconds step) { m_step = step.count(); }

private:
    std::atomic<std::int64_t> m_step{0};
    mutable std::atomic<std::int64_t> m_microseconds{1'795'428'000'000'000};
};

}  // namespace muster::fakes
