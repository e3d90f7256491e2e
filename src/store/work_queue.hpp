// The bounded line in which units of work wait for a storage thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "store/store.hpp"

namespace muster::store {

/// Any thread.
class WorkQueue {
public:
    explicit WorkQueue(std::size_t length_max) : m_length_max(length_max) {}

    /// False when the queue is full or closed.
    bool push(Work& work);
    struct Waiting {
        Work* work = nullptr;
        std::chrono::steady_clock::time_point since;
    };
    /// Waits; then moves up to `count_max` units, oldest first, into `taken`, which is emptied
    /// first. Leaves it empty when the queue is closed and nothing is left.
    void take(std::size_t count_max, std::vector<Work*>& taken);
    /// Waits; then the oldest unit. Nothing when the queue is closed and nothing is left.
    std::optional<Waiting> take_one();
    /// What is waiting can still be taken.
    void close();
    std::size_t length() const;

private:
    const std::size_t m_length_max;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Waiting> m_waiting;
    bool m_closed = false;
};

}  // namespace muster::store
